import { availability } from '../events/availability-projection';
import { backorderFilling } from '../events/backorder-filling';
import { fillBackorders } from '../events/fill-backorders';
import { fillableOrders } from '../events/fill-orders';
import { follow } from '../events/follow';
import { orderFills } from '../events/order-fills';
import type { Subscription } from '../events/subscription';
import { dueHoldsWatch } from '../intake/due-holds-watch';
import { dueShipmentsWatch } from '../intake/due-shipments-watch';
import { expireHolds } from '../intake/hold-commands';
import type { Intakes } from '../intake/intakes';
import { lostChangesWatch } from '../intake/lost-changes-watch';
import { lostSagasWatch } from '../intake/lost-sagas-watch';
import { lostTripsWatch } from '../intake/lost-trips-watch';
import { supplyExpiryWatch } from '../intake/supply-expiry-watch';
import { takenOrdersWatch } from '../intake/taken-orders-watch';
import { keepWatch, type WatchOptions } from '../intake/watch';
import { sagaWitness } from '../temporal/saga-witness';
import { openIntakes } from './intakes';
import type { ProcessContext, Role } from './process-context';

/** Watches for due rows and lost sagas, and starts the sagas that act; follows the logs for whoever has subscribed. */
export function startRelay(context: ProcessContext, intakes: Intakes = openIntakes(context.starters)): Role {
  const { stores, starters, logger, processId: owner } = context;
  const stopping = new AbortController();
  const options: WatchOptions = {
    leases: stores.leases,
    owner,
    signal: stopping.signal,
    onError: (watch, error) => logger.error({ err: error, watch }, 'a watch could not look'),
  };
  const witness = sagaWitness(context.temporal.client, context.settings.taskQueue);
  const watches = [
    dueHoldsWatch(stores.inventoryReads, (commands) => expireHolds(stores.inventory, commands)),
    supplyExpiryWatch(stores.inventoryFeed),
    dueShipmentsWatch({
      reads: stores.ordersReads,
      expire: starters.expireShipments,
      resume: starters.resumeShipments,
    }),
    takenOrdersWatch(stores.ordersReads, intakes),
    lostSagasWatch({
      reads: stores.ordersReads,
      unrecorded: stores.unrecorded,
      witness,
      reclaim: starters.finishCompensation,
      startAgain: (command) => {
        intakes.orders.submit(command);
      },
    }),
    lostChangesWatch({
      reads: stores.ordersReads,
      unrecorded: stores.unrecorded,
      witness,
      intakes,
    }),
    lostTripsWatch({
      reads: stores.tripsReads,
      unrecorded: stores.unrecorded,
      witness,
      finish: starters.finishTrip,
      startAgain: (command) => {
        intakes.trips.submit(command);
      },
    }),
  ];
  const kept = [
    ...watches.map((watch) => keepWatch(watch, options)),
    ...inventorySubscriptions(context).map((subscription) =>
      follow(subscription, {
        store: stores.inventorySubscriptions,
        signal: stopping.signal,
        onError: (name, error) =>
          logger.error({ err: error, subscription: name }, 'a subscription cannot go on'),
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

/** The subscriptions to the inventory's log. */
export function inventorySubscriptions({
  stores,
  settings,
  logger,
}: ProcessContext): readonly Subscription[] {
  const filling = backorderFilling({
    reads: stores.inventoryReads,
    fill: (entries) => fillBackorders(stores.inventory, entries),
    onFault: ({ item, error }) => logger.error({ err: error, entry: item }, 'a backorder cannot be filled'),
  });
  return [availability, filling, orderFills(fillableOrders(stores.orders, settings.deadlines))];
}
