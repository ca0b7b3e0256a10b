import type { OrderEvent } from '../../domain/order/order-events';
import { type Mailer, MailRefused } from '../../providers/smtp-mailer';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { OrdersReads } from '../../stores/orders/orders-reads';
import { oneByOne } from '../subscriptions/one-by-one';
import { Unavailable } from '../subscriptions/outage';
import type { Subscription } from '../subscriptions/subscription';

type Shipped = Extract<OrderEvent, { readonly type: 'orders.shipment-shipped.v1' }>;

/**
 * Creates the subscription that mails customers when a shipment has left. The address is `email` in the order's
 * metadata; an order without one, or whose personal data are erased, gets no mail. A redelivered event sends the mail again under the same message id.
 */
export function shipmentMail(orders: Pick<OrdersReads, 'shownOrders'>, mailer: Mailer): Subscription {
  return {
    name: 'shipment-mail',
    log: 'orders',
    revision: 1,
    types: ['orders.shipment-shipped.v1' satisfies Shipped['type']],
    handler: {
      kind: 'reaction',
      async react(events, signal) {
        const known = await orders.shownOrders(events.map(({ correlation }) => correlation));
        await oneByOne(events, signal, async (event) => {
          const personal = known.get(event.correlation)?.personal;
          const to = personal === 'erased' ? undefined : personal?.metadata?.email;
          if (to !== undefined) await send(mailer, to, event);
        });
      },
    },
  };
}

async function send(mailer: Mailer, to: string, { id, correlation, data }: PositionedEvent): Promise<void> {
  const { tracking } = data as unknown as Shipped['data'];
  const track = tracking === null ? '' : `\nTracking: ${tracking}`;
  try {
    await mailer.send({
      id,
      to,
      subject: `Your order ${correlation} has left`,
      text: `A shipment of your order ${correlation} is on its way.${track}\n`,
    });
  } catch (error) {
    if (error instanceof MailRefused) throw error;
    throw new Unavailable('the mail server', error);
  }
}
