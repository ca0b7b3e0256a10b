import type { Channel } from '../../events/channels/channel';
import { CHANNEL_KINDS } from '../../events/channels/channel-kinds';
import { channelSubscriptions } from '../../events/channels/channel-subscriptions';
import { backorderFilling } from '../../events/handlers/backorder-filling';
import { fillBackorders } from '../../events/handlers/fill-backorders';
import { fillableOrders } from '../../events/handlers/fill-orders';
import { orderFills } from '../../events/handlers/order-fills';
import { shipmentMail } from '../../events/handlers/shipment-mail';
import { follow } from '../../events/subscriptions/follow';
import type { Subscription } from '../../events/subscriptions/subscription';
import { webhookSubscriptions } from '../../events/webhooks/webhook-subscriptions';
import { smtpMailer } from '../../providers/smtp-mailer';
import type { ProcessContext } from './process-context';
import { PROJECTIONS } from './projections';

/** Lists every subscription that this installation runs. A new handler is a file in src/events/handlers and a line here. */
export function subscriptionsOf(
  context: ProcessContext,
  channels: readonly Channel[],
): readonly Subscription[] {
  const { stores, settings } = context;
  return [
    ...PROJECTIONS,
    fillingOf(context),
    orderFills(fillableOrders(stores.orders, settings.deadlines)),
    ...(settings.mail ? [shipmentMail(stores.ordersReads, smtpMailer(settings.mail))] : []),
    ...webhookSubscriptions(stores),
    ...channels.flatMap(channelSubscriptions),
  ];
}

/** Runs every subscription in this process, beside other relays, until the signal aborts. */
export async function followLogs(context: ProcessContext, signal: AbortSignal): Promise<void> {
  const { stores, logger, processId: owner } = context;
  const channels = context.settings.channels.map(({ kind, url }) => CHANNEL_KINDS[kind](url));
  await Promise.all(
    subscriptionsOf(context, channels).map((subscription) =>
      follow(subscription, {
        store: stores.subscriptions[subscription.log],
        owner,
        signal,
        onError: (name, error) =>
          logger.error({ err: error, subscription: name }, `subscription ${name} failed and will be retried`),
      }),
    ),
  );
  await Promise.all(channels.map((channel) => channel.close()));
}

function fillingOf({ stores, logger }: ProcessContext): Subscription {
  return backorderFilling({
    reads: stores.inventoryReads,
    fill: (entries) => fillBackorders(stores.inventory, entries),
    onFault: ({ item, error }) =>
      logger.error({ err: error, entry: item }, 'a backorder could not be filled'),
  });
}
