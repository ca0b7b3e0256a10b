import { availability } from '../../events/availability-projection';
import { backorderFilling } from '../../events/backorder-filling';
import { fillBackorders } from '../../events/fill-backorders';
import { fillableOrders } from '../../events/fill-orders';
import { follow } from '../../events/follow';
import { orderFills } from '../../events/order-fills';
import type { Subscription } from '../../events/subscription';
import { endExclusions } from '../../intake/end-exclusions';
import { expireHolds } from '../../intake/hold-commands';
import type { Intakes } from '../../intake/intakes';
import { dueExclusionsWatch } from '../../recovery/due-exclusions-watch';
import { dueHoldsWatch } from '../../recovery/due-holds-watch';
import { dueShipmentsWatch } from '../../recovery/due-shipments-watch';
import { lostSagasWatch } from '../../recovery/lost-sagas-watch';
import { supplyExpiryWatch } from '../../recovery/supply-expiry-watch';
import { keepWatch, type Watch, type WatchOptions } from '../../recovery/watch';
import { openIntakes } from './intakes';
import type { ProcessContext, Role } from './process-context';

/** Starts the watches for due rows and lost sagas, and the subscriptions to the inventory's log. */
export function startRelay(context: ProcessContext, intakes: Intakes = openIntakes(context)): Role {
  const { stores, logger, processId: owner } = context;
  const stopping = new AbortController();
  const options: WatchOptions = {
    leases: stores.leases,
    owner,
    signal: stopping.signal,
    onError: (watch, error) => logger.error({ err: error, watch }, `recovery watch ${watch} failed`),
  };
  const kept = [
    ...watchesOf(context, intakes).map((watch) => keepWatch(watch, options)),
    ...inventorySubscriptions(context).map((subscription) =>
      follow(subscription, {
        store: stores.inventorySubscriptions,
        signal: stopping.signal,
        onError: (name, error) =>
          logger.error({ err: error, subscription: name }, `subscription ${name} failed and will be retried`),
      }),
    ),
  ];
  return {
    name: 'relay',
    async stop() {
      stopping.abort();
      await Promise.all(kept);
    },
  };
}

function watchesOf({ stores, sagas, logger }: ProcessContext, intakes: Intakes): readonly Watch[] {
  return [
    dueHoldsWatch(stores.inventoryReads, (commands) => expireHolds(stores.inventory, commands)),
    dueExclusionsWatch(stores.inventoryReads, (commands) => endExclusions(stores.inventory, commands)),
    supplyExpiryWatch(stores.inventoryFeed),
    dueShipmentsWatch({ reads: stores.ordersReads, reject: (command) => intakes.reject.submit(command) }),
    lostSagasWatch({
      commands: stores.commands,
      sagas,
      onRestart: (workflowId, starts) =>
        logger.warn({ workflowId, starts }, 'the relay restarted a lost saga'),
    }),
  ];
}

/** Creates the subscriptions to the inventory's log. */
export function inventorySubscriptions({
  stores,
  settings,
  logger,
}: ProcessContext): readonly Subscription[] {
  const filling = backorderFilling({
    reads: stores.inventoryReads,
    fill: (entries) => fillBackorders(stores.inventory, entries),
    onFault: ({ item, error }) =>
      logger.error({ err: error, entry: item }, 'a backorder could not be filled'),
  });
  return [availability, filling, orderFills(fillableOrders(stores.orders, settings.deadlines))];
}
