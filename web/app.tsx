import { useEffect, useState } from 'preact/hooks';
import { readReasons } from './api/reasons';
import { may, session } from './api/session';
import { signOut } from './api/sign-in';
import { openAttention, watchAttention } from './pages/attention-count';
import { AttentionPage } from './pages/attention-page';
import { SubscriptionsPage } from './pages/events/subscriptions-page';
import { WebhookPage } from './pages/events/webhook-page';
import { WebhooksPage } from './pages/events/webhooks-page';
import { OrderPage } from './pages/orders/order-page';
import { OrdersPage } from './pages/orders/orders-page';
import { SearchPage } from './pages/orders/search-page';
import { SignIn } from './pages/sign-in';
import { ItemPage } from './pages/stock/item-page';
import { StockPage } from './pages/stock/stock-page';
import { TrendsPage } from './pages/trends/trends-page';
import { Notices, say } from './parts/announce';
import { PageHead } from './parts/page-head';
import { linkTo, route } from './parts/router';
import { problemFrom } from './parts/use-load';

const PLACES = [
  ['orders', 'Orders'],
  ['attention', 'Attention'],
  ['stock', 'Stock'],
  ['trends', 'Trends'],
  ['subscriptions', 'Subscriptions'],
  ['webhooks', 'Webhooks'],
] as const;

/** The operator's page: the frame around whichever page the address names. */
export function App() {
  const isSignedIn = session.value !== null;
  useEffect(() => {
    if (isSignedIn) void readReasons().catch(() => undefined);
  }, [isSignedIn]);
  return (
    <>
      {isSignedIn ? <Frame /> : <SignIn />}
      <Notices />
    </>
  );
}

/** Signs out; a sign-out that did not reach Holdfast is said, and the session goes on. */
function leave(): void {
  signOut().catch((error: unknown) => say(problemFrom(error).message, true));
}

function Frame() {
  useEffect(watchAttention, []);
  const { path } = route.value;
  const skip = () => document.querySelector<HTMLElement>('main')?.focus();
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        Skip to the content
      </button>
      <header>
        <div class="top">
          <a class="brand" href={linkTo('orders')}>
            <img src="/page/icon.svg" alt="" width="24" height="24" />
            Holdfast
          </a>
          <Search />
          <span class="caller">
            <span class="quiet" title={session.value?.scopes.join(', ')}>
              {session.value?.caller}
            </span>
            <button type="button" class="plain" onClick={leave}>
              Sign out
            </button>
          </span>
        </div>
        <nav aria-label="Pages">
          {PLACES.map(([place, name]) => (
            <a
              key={place}
              href={linkTo(place)}
              aria-current={(path[0] ?? 'orders') === place ? 'page' : undefined}
            >
              {name}
              {place === 'attention' && openAttention.value > 0 && (
                <span class="count">{openAttention.value}</span>
              )}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <Page key={path.join('/')} path={path} />
      </main>
    </>
  );
}

function Page({ path: [place = 'orders', id] }: { path: readonly string[] }) {
  switch (place) {
    case 'orders':
      return id === undefined ? <OrdersPage /> : <OrderPage id={id} />;
    case 'search':
      return <SearchPage text={id ?? ''} />;
    case 'attention':
      return <AttentionPage />;
    case 'stock':
      return id === undefined ? <StockPage /> : <ItemPage sku={id} />;
    case 'trends':
      return <TrendsPage />;
    case 'subscriptions':
      return <SubscriptionsPage />;
    case 'webhooks':
      return id === undefined ? <WebhooksPage /> : <WebhookPage id={id} />;
    default:
      return <PageHead title="There is no such page" lead="Choose one of the pages above." />;
  }
}

function Search() {
  const [text, setText] = useState('');
  if (!may('orders:read')) return null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.trim() !== '') location.hash = linkTo('search', text.trim());
  };
  return (
    <search>
      <form onSubmit={submit}>
        <input
          type="search"
          aria-label="Search orders by id, external id or customer"
          placeholder="Order, external id or customer"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="plain">
          Search
        </button>
      </form>
    </search>
  );
}
