import { moneyText } from '../../../src/names/money-text';
import type { Order } from '../../api/answers';
import { Ago, Id } from '../../parts/facts';
import { linkTo } from '../../parts/router';
import { Table } from '../../parts/table';
import { OrderState } from './order-words';

/** Orders as rows. Rows that are in `fresh` have just arrived. */
export function OrderTable({ orders, fresh }: { orders: readonly Order[]; fresh?: ReadonlySet<string> }) {
  return (
    <Table
      caption="Orders, newest first"
      columns={['Order', 'Outcome', ['Items', 'wide'], ['Customer', 'wide'], ['Total', 'number']]}
    >
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
    </Table>
  );
}

function itemsOf({ lines }: Order): string {
  const [first, second, ...others] = lines.map(({ sku, quantity }) => `${quantity} × ${sku}`);
  return [first, second, ...(others.length > 0 ? [`${others.length} more`] : [])].filter(Boolean).join(', ');
}
