import { moneyText } from '../../../src/names/money-text';
import type { Order } from '../../api/answers';
import { Ago, Id } from '../../parts/facts';
import { linkTo } from '../../parts/router';
import { OrderState } from './order-words';

/** Orders as rows. Rows that are in `fresh` have just arrived. */
export function OrderTable({ orders, fresh }: { orders: readonly Order[]; fresh?: ReadonlySet<string> }) {
  return (
    <table>
      <caption class="unseen">Orders, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Order</th>
          <th scope="col">Outcome</th>
          <th scope="col" class="wide">
            Items
          </th>
          <th scope="col" class="wide">
            Customer
          </th>
          <th scope="col" class="number">
            Total
          </th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={order.id} class={fresh?.has(order.id) ? 'fresh' : undefined}>
            <td>
              <Id value={order.id} href={linkTo('orders', order.id)} />
              <div class="quiet small">
                <Ago moment={order.createdAt} />
                {order.externalId && ` · ${order.externalId}`}
                <span class="narrow"> · {order.customerId}</span>
              </div>
            </td>
            <td>
              <OrderState order={order} />
            </td>
            <td class="wide">{itemsOf(order)}</td>
            <td class="wide">{order.customerId}</td>
            <td class="number">{moneyText(order.total, order.currency)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function itemsOf({ lines }: Order): string {
  const [first, second, ...others] = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`);
  return [first, second, ...(others.length > 0 ? [`${others.length} more`] : [])].filter(Boolean).join(', ');
}
