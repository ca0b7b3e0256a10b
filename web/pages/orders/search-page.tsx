import { useEffect } from 'preact/hooks';
import type { Order, Page } from '../../api/answers';
import { ApiProblem, ask, queryOf } from '../../api/client';
import { PageHead } from '../../parts/page-head';
import { linkTo } from '../../parts/router';
import { Empty, WhenLoaded } from '../../parts/states';
import { useLoad } from '../../parts/use-load';
import { OrderTable } from './order-table';

/** The orders whose id, external id or customer is the text. A single one opens at once. */
export function SearchPage({ text }: { text: string }) {
  const loaded = useLoad((signal) => find(text, signal), [text]);
  const [only, ...others] = loaded.answer ?? [];
  useEffect(() => {
    if (only && others.length === 0) location.replace(linkTo('orders', only.id));
  }, [only, others.length]);
  return (
    <>
      <PageHead title={`Orders for “${text}”`} lead="By order id, external id and customer." />
      <WhenLoaded loaded={loaded}>
        {(orders) =>
          orders.length === 0 ? (
            <Empty>
              No order has this id or external id, and no customer of this id has ordered. Ids are exact.
            </Empty>
          ) : (
            <OrderTable orders={orders} />
          )
        }
      </WhenLoaded>
    </>
  );
}

async function find(text: string, signal: AbortSignal): Promise<readonly Order[]> {
  const list = (filter: Readonly<Record<string, string>>) =>
    ask<Page<Order>>(`/v1/orders${queryOf({ ...filter, limit: '50' })}`, { signal });
  const [one, named, ofCustomer] = await Promise.all([
    ask<Order>(`/v1/orders/${encodeURIComponent(text)}`, { signal }).catch(orNone),
    list({ externalId: text }),
    list({ customerId: text }),
  ]);
  const all = [...(one ? [one] : []), ...named.items, ...ofCustomer.items];
  return [...new Map(all.map((order) => [order.id, order])).values()];
}

function orNone(error: unknown): undefined {
  if (error instanceof ApiProblem && error.status === 404) return undefined;
  throw error;
}
