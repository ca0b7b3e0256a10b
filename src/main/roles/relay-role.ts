import { setMaxListeners } from 'node:events';
import { commandFields } from '../../contracts/command-fields';
import { endExclusions } from '../../intake/end-exclusions';
import { expireHolds } from '../../intake/hold-commands';
import type { Intakes } from '../../intake/intakes';
import { dueExclusionsWatch } from '../../recovery/due-exclusions-watch';
import { dueHoldsWatch } from '../../recovery/due-holds-watch';
import { dueShipmentsWatch } from '../../recovery/due-shipments-watch';
import { lostSagasWatch } from '../../recovery/lost-sagas-watch';
import { oldDeliveriesWatch } from '../../recovery/old-deliveries-watch';
import { supplyExpiryWatch } from '../../recovery/supply-expiry-watch';
import { keepWatch, type Watch, type WatchOptions } from '../../recovery/watch';
import { openIntakes } from './intakes';
import type { ProcessContext, Role } from './process-context';
import { followLogs } from './subscriptions';
import { sendWebhooks } from './webhooks';

/** Starts the watches for due rows and lost sagas, the subscriptions to the logs, and the deliveries of webhooks. */
export function startRelay(context: ProcessContext, intakes: Intakes = openIntakes(context)): Role {
  const { stores, logger, metrics, processId: owner } = context;
  const stopping = new AbortController();
  // Every watch and every subscription listens to this signal: more listeners than the ten at which Node suspects a
  // leak.
  setMaxListeners(0, stopping.signal);
  const options: WatchOptions = {
    leases: stores.leases,
    owner,
    signal: stopping.signal,
    onError(watch, error) {
      metrics.countWatchFailure(watch);
      logger.error({ err: error, watch }, `recovery watch ${watch} failed`);
    },
  };
  const kept = [
    ...watchesOf(context, intakes).map((watch) => keepWatch(watch, options)),
    followLogs(context, stopping.signal),
    sendWebhooks(context, stopping.signal),
  ];
  return {
    name: 'relay',
    async stop() {
      stopping.abort();
      await Promise.all(kept);
    },
  };
}

function watchesOf({ stores, sagas, logger, metrics }: ProcessContext, intakes: Intakes): readonly Watch[] {
  return [
    dueHoldsWatch(stores.inventoryReads, (commands) => expireHolds(stores.inventory, commands)),
    dueExclusionsWatch(stores.inventoryReads, (commands) => endExclusions(stores.inventory, commands)),
    supplyExpiryWatch(stores.inventoryFeed),
    oldDeliveriesWatch(stores.deliveries),
    dueShipmentsWatch({ reads: stores.ordersReads, reject: (command) => intakes.reject.submit(command) }),
    lostSagasWatch({
      commands: stores.commands,
      sagas,
      onRestart({ workflowId, commands }, starts) {
        metrics.countRestart();
        for (const command of commands)
          logger.warn({ ...commandFields(command), workflowId, starts }, 'the relay restarted a lost saga');
      },
    }),
  ];
}
