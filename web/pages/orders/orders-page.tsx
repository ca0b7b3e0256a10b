import { useEffect, useRef, useState } from 'preact/hooks';
import type { Order, Page } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { whisper } from '../../parts/announce';
import { PageHead } from '../../parts/page-head';
import { linkTo, replaceQuery, route } from '../../parts/router';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { useLoad } from '../../parts/use-load';
import { useNews } from '../../parts/use-news';
import { counted, wordsOf } from '../../parts/words';
import { OrderTable } from './order-table';
import { ORDER_STATUSES } from './order-words';

/** The newest orders; new ones appear by themselves. */
export function OrdersPage() {
  return (
    <>
      <PageHead title="Orders" lead="Each order with its outcome, newest first." />
      <Needs scope="orders:read" to="see orders">
        <Filters />
        <Orders />
      </Needs>
    </>
  );
}

function Filters() {
  const { query } = route.value;
  const field = (name: string) => ({
    id: `by-${name}`,
    value: query.get(name) ?? '',
    onChange: (event: Event) =>
      replaceQuery({ [name]: (event.currentTarget as HTMLInputElement).value.trim(), cursor: '' }),
  });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filter the orders">
      <div>
        <label for="by-status">Outcome</label>
        <select {...field('status')}>
          <option value="">All</option>
          {ORDER_STATUSES.map((status) => (
            <option key={status} value={status}>
              {wordsOf(status)}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label for="by-customerId">Customer</label>
        <input {...field('customerId')} size={12} />
      </div>
      <div>
        <label for="by-sku">Item</label>
        <input {...field('sku')} size={12} />
      </div>
      <Follow />
    </form>
  );
}

function Follow() {
  const { query } = route.value;
  if (query.has('cursor')) return null;
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={!query.has('still')}
        onChange={(event) => replaceQuery({ still: event.currentTarget.checked ? '' : '1' })}
      />
      Follow new orders
    </label>
  );
}

function Orders() {
  const { query } = route.value;
  const filter = Object.fromEntries(query);
  const { still, ...parameters } = filter;
  const path = `/v1/orders${queryOf({ ...parameters, limit: '50' })}`;
  const loaded = useLoad((signal) => ask<Page<Order>>(path, { signal }), [path]);
  useNews('orders.*', loaded.reload, still === undefined && !query.has('cursor'));
  const fresh = useFresh(path, loaded.answer?.items);
  return (
    <WhenLoaded loaded={loaded}>
      {({ items, nextCursor }) => (
        <>
          {items.length === 0 ? (
            <Empty>No order matches.</Empty>
          ) : (
            <OrderTable orders={items} fresh={fresh} />
          )}
          <p class="pager">
            {query.has('cursor') && <a href={pageLink(parameters, undefined)}>Newest orders</a>}
            {nextCursor && <a href={pageLink(parameters, nextCursor)}>Older orders</a>}
          </p>
        </>
      )}
    </WhenLoaded>
  );
}

function pageLink(parameters: Readonly<Record<string, string>>, cursor: string | undefined): string {
  return linkTo('orders') + queryOf({ ...parameters, cursor });
}

/** Returns the ids that the last answer has and the previous answer to the same request had not. */
function useFresh(path: string, items: readonly Order[] | undefined): ReadonlySet<string> {
  const known = useRef<{ path: string; ids: ReadonlySet<string> } | undefined>(undefined);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (items === undefined) return;
    const before = known.current?.path === path ? known.current.ids : undefined;
    const ids = items.map(({ id }) => id);
    known.current = { path, ids: new Set([...(before ?? []), ...ids]) };
    const added = before ? ids.filter((id) => !before.has(id)) : [];
    setFresh(new Set(added));
    if (added.length > 0) whisper(counted(added.length, 'new order'));
  }, [path, items]);
  return fresh;
}
