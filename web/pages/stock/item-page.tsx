import { useId, useState } from 'preact/hooks';
import type { Item, Page, Stock, StockClaim } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { Ago, Facts, Id, Pill, Reason } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { linkTo } from '../../parts/router';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { useNews } from '../../parts/use-news';
import { wordsOf } from '../../parts/words';
import { NodeTerms } from './node-terms';

/** One item: its terms at each node, now or at an earlier moment, its queue, and who holds it. */
export function ItemPage({ sku }: { sku: string }) {
  return (
    <>
      <PageHead title="Stock of" id={sku} />
      <Needs scope="inventory:read" to="see stock">
        <Terms sku={sku} />
        <Claims sku={sku} />
      </Needs>
    </>
  );
}

async function readItem(sku: string, asOf: string, signal: AbortSignal) {
  const name = encodeURIComponent(sku);
  const [item, stock] = await Promise.all([
    ask<Item>(`/v1/items/${name}`, { signal }),
    ask<Stock>(`/v1/stock/${name}${queryOf({ asOf })}`, { signal }),
  ]);
  return { item, stock };
}

function Terms({ sku }: { sku: string }) {
  const [local, setLocal] = useState('');
  const asOf = local === '' ? '' : new Date(local).toISOString();
  const loaded = useLoad((signal) => readItem(sku, asOf, signal), [sku, asOf]);
  useNews('inventory.*', loaded.reload, asOf === '');
  const id = useId();
  return (
    <section aria-labelledby="terms">
      <h2 id="terms">By node</h2>
      <div class="filters">
        <div>
          <label for={id}>As of (empty: now)</label>
          <input
            id={id}
            type="datetime-local"
            step="1"
            value={local}
            onChange={(event) => setLocal(event.currentTarget.value)}
          />
        </div>
      </div>
      <WhenLoaded loaded={loaded}>
        {({ item, stock }) => (
          <>
            <Facts
              of={[
                ['Name', item.name],
                ['Available to promise', stock.atp],
                ['On backorder', stock.openBackorders],
                ['Backorders', wordsOf(item.backorder.mode)],
                ['Most per order', item.perOrderMax ?? 'no limit'],
                ...(item.tags.length > 0 ? [['Tags', item.tags.join(', ')] as const] : []),
              ]}
            />
            <NodeTerms nodes={stock.nodes} />
            <Queue waiting={stock.waiting} />
          </>
        )}
      </WhenLoaded>
    </section>
  );
}

function Queue({ waiting }: { waiting: Stock['waiting'] }) {
  if (waiting.length === 0) return null;
  return (
    <>
      <h3>The queue of backorders</h3>
      <Table
        caption="The first entries of the queue"
        columns={[
          ['Place', 'number'],
          'Reservation',
          ['Units', 'number'],
          ['Set aside', 'number'],
          'Nodes it cannot use',
        ]}
      >
        {waiting.map(({ position, reservationId, quantity, claimed, closed }) => (
          <tr key={position}>
            <td class="number">{position}</td>
            <td>
              <Id value={reservationId} />
            </td>
            <td class="number">{quantity}</td>
            <td class="number">{claimed}</td>
            <td>
              {closed.map(({ nodeId, reason, until }) => (
                <div key={nodeId} class="small">
                  {nodeId}: <Reason code={reason} />
                  {until && (
                    <>
                      , until <Ago moment={until} />
                    </>
                  )}
                </div>
              ))}
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

const CLAIM_TONES = { HELD: 'busy', COMMITTED: 'good', BACKORDERED: 'warn' } as const;

function Claims({ sku }: { sku: string }) {
  const loaded = useLoad(
    (signal) => ask<Page<StockClaim>>(`/v1/stock/${encodeURIComponent(sku)}/claims?limit=100`, { signal }),
    [sku],
  );
  useNews('inventory.*', loaded.reload);
  return (
    <section aria-labelledby="claims">
      <h2 id="claims">Who holds it</h2>
      <WhenLoaded loaded={loaded}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty>No order and no reservation holds this item.</Empty>
            ) : (
              <ClaimTable claims={items} />
            )}
            {nextCursor && <p class="quiet">These are the first 100; there are more.</p>}
          </>
        )}
      </WhenLoaded>
    </section>
  );
}

function ClaimTable({ claims }: { claims: readonly StockClaim[] }) {
  return (
    <Table
      caption="Orders and reservations that hold the item"
      columns={['By', 'State', ['Units', 'number'], 'Where']}
    >
      {claims.map(({ state, reservationId, orderId, quantity, nodeId, expiresAt, place }) => (
        <tr key={`${reservationId} ${nodeId ?? place}`}>
          <td>
            <Id value={orderId ?? reservationId} href={orderId && linkTo('orders', orderId)} />
          </td>
          <td>
            <Pill tone={CLAIM_TONES[state]}>{wordsOf(state)}</Pill>
            {expiresAt && (
              <div class="small quiet">
                until <Ago moment={expiresAt} />
              </div>
            )}
          </td>
          <td class="number">{quantity}</td>
          <td>{nodeId ?? `place ${place} in the queue`}</td>
        </tr>
      ))}
    </Table>
  );
}
