import { LOGS } from '../../contracts/logs';
import type { OrdersReads } from '../../stores/orders/orders-reads';
import type { DeliveryStore } from '../../stores/webhooks/delivery-store';
import type { WebhooksStore } from '../../stores/webhooks/webhooks-store';
import type { Subscription } from '../subscriptions/subscription';
import { messagesFor } from './wanted-events';

export interface WebhookRows {
  readonly webhooks: Pick<WebhooksStore, 'audiences'>;
  readonly deliveries: Pick<DeliveryStore, 'add'>;
  readonly ordersReads: Pick<OrdersReads, 'orders'>;
}

/**
 * Creates the subscriptions that add a message for each webhook that wants an event, one for each log. A redelivered
 * event adds nothing.
 */
export function webhookSubscriptions({
  webhooks,
  deliveries,
  ordersReads,
}: WebhookRows): readonly Subscription[] {
  return LOGS.map((log) => ({
    name: `webhooks-${log}`,
    log,
    revision: 1,
    types: null,
    handler: {
      kind: 'reaction',
      async react(events) {
        const audiences = await webhooks.audiences();
        if (audiences.length === 0) return;
        await deliveries.add(await messagesFor(audiences, log, events, ordersReads));
      },
    },
  }));
}
