import type { ComponentChildren } from 'preact';
import type { z } from 'zod';
import type { account } from '../../../src/contracts/api/credit';
import { moneyText } from '../../../src/names/money-text';
import type { Availability, Order, Saga, TimelineEvent } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { reasons } from '../../api/reasons';
import { may, ownRights } from '../../api/session';
import { Facts, Prose, Reason } from '../../parts/facts';
import { linkTo } from '../../parts/router';
import { WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { counted } from '../../parts/words';
import { NodeTerms } from '../stock/node-terms';
import { destinationOf } from './order-facts';

type Account = z.output<typeof account>;

interface Refused {
  readonly order: Order;
  readonly sagas: readonly Saga[];
  readonly events: readonly TimelineEvent[];
}

/** Why an order was rejected, with every term as it was at that moment; nothing for other orders. */
export function Refusal({ order, sagas, events }: Refused) {
  const rejected = events.find(({ type }) => type.startsWith('orders.order-rejected.'));
  if (order.status !== 'REJECTED' || !order.reason) return null;
  const known = reasons.value.get(order.reason);
  const detail = sagas.find(({ id }) => id === order.id)?.detail;
  return (
    <section class="card" aria-labelledby="refusal">
      <h2 id="refusal">
        Why it was rejected: <Reason code={order.reason} />
      </h2>
      {known && (
        <p>
          <Prose text={known.meaning} />
        </p>
      )}
      {detail && <p>Exactly: {detail}.</p>}
      {known?.action && (
        <p>
          <strong>What can be done:</strong> <Prose text={known.action} />
        </p>
      )}
      {order.shortages && <Shortages shortages={order.shortages} />}
      {rejected && <Terms order={order} events={events} moment={rejected.occurredAt} />}
    </section>
  );
}

function Shortages({ shortages }: { shortages: NonNullable<Order['shortages']> }) {
  return (
    <Table
      caption="Missing units"
      isCaptionShown
      columns={['Item', ['Wanted', 'number'], ['Available', 'number'], ['Missing', 'number']]}
    >
      {shortages.map(({ sku, requested, available }) => (
        <tr key={sku}>
          <td>
            <a href={linkTo('stock', sku)}>{sku}</a>
          </td>
          <td class="number">{requested}</td>
          <td class="number">{available}</td>
          <td class="number">{Math.max(0, requested - available)}</td>
        </tr>
      ))}
    </Table>
  );
}

/** The most items whose terms are shown. */
const MOST_ITEMS = 20;

/** The terms of the decision, read as of its moment: those of credit for a lack of credit, else those of stock. */
function Terms({
  order,
  events,
  moment,
}: {
  order: Order;
  events: readonly TimelineEvent[];
  moment: string;
}) {
  const isCredit = order.reason?.startsWith('CREDIT') || order.reason?.includes('CURRENCY');
  return (
    <details open>
      <summary>Every term at that moment</summary>
      {isCredit ? (
        <CreditTerms order={order} moment={moment} />
      ) : (
        <StockTerms order={order} events={events} moment={moment} />
      )}
    </details>
  );
}

function CreditTerms({ order, moment }: { order: Order; moment: string }) {
  const path = `/v1/credit-accounts/${encodeURIComponent(order.customerId)}${queryOf({ asOf: moment })}`;
  return (
    <Read scope="credit:read" what="the credit account" path={path}>
      {(account: Account) => (
        <Facts
          of={[
            ['Limit', moneyText(account.limit, account.currency)],
            ['Held for open orders', moneyText(account.held, account.currency)],
            ['Captured and not paid', moneyText(account.captured, account.currency)],
            ['Available', moneyText(account.available, account.currency)],
            ['The order asks for', moneyText(order.total, order.currency)],
          ]}
        />
      )}
    </Read>
  );
}

function StockTerms({
  order,
  events,
  moment,
}: {
  order: Order;
  events: readonly TimelineEvent[];
  moment: string;
}) {
  const { region, channel, shippingMethod } = destinationOf(events);
  const short = order.shortages?.filter(({ requested, available }) => available < requested) ?? [];
  const skus = [...new Set((short.length > 0 ? short : order.lines).map(({ sku }) => sku))].slice(
    0,
    MOST_ITEMS,
  );
  const query = new URLSearchParams(skus.map((sku) => ['sku', sku]));
  for (const [name, value] of Object.entries({
    region,
    channel,
    shippingMethod,
    explain: 'true',
    asOf: moment,
  }))
    if (value !== undefined) query.set(name, value);
  return (
    <Read scope="inventory:read" what="the terms of stock" path={`/v1/availability?${query}`}>
      {({ items }: Availability) => items.map((item) => <ItemTerms key={item.sku} item={item} />)}
    </Read>
  );
}

function ItemTerms({ item }: { item: Availability['items'][number] }) {
  const { sku, sellable, atp, backorderRoom, capRoom, perOrderMax, nodes = [], excluded = [] } = item;
  const limit = (count: number | null | undefined) =>
    count === null || count === undefined ? 'no limit' : count;
  return (
    <div class="item-terms">
      <h3>
        {sku}: {counted(sellable, 'unit')} could be sold
      </h3>
      <Facts
        of={[
          ['Available to promise', atp],
          ['Backorders allow', limit(backorderRoom)],
          ['Sales caps allow', limit(capRoom)],
          ['Most per order', limit(perOrderMax)],
        ]}
      />
      <NodeTerms nodes={nodes} excluded={excluded} />
    </div>
  );
}

/** Reads something that needs a scope of its own, or says in a sentence that the key may not. */
function Read<Answer>({
  scope,
  what,
  path,
  children,
}: {
  scope: string;
  what: string;
  path: string;
  children: (answer: Answer) => ComponentChildren;
}) {
  const isAllowed = may(scope);
  const loaded = useLoad<Answer | undefined>(
    async (signal) => (isAllowed ? ask<Answer>(path, { signal }) : undefined),
    [path, isAllowed],
  );
  if (!isAllowed)
    return (
      <p class="quiet">
        {ownRights()} may not read {what}, for want of {scope}.
      </p>
    );
  return <WhenLoaded loaded={loaded}>{(answer) => answer && children(answer)}</WhenLoaded>;
}
