import { setMaxListeners } from 'node:events';
import { commandFields } from '../../contracts/command-fields';
import { endExclusions } from '../../intake/end-exclusions';
import { expireHolds } from '../../intake/hold-commands';
import type { Intakes } from '../../intake/intakes';
import { dueExclusionsWatch } from '../../recovery/due-exclusions-watch';
import { dueHoldsWatch } from '../../recovery/due-holds-watch';
import { dueShipmentsWatch } from '../../recovery/due-shipments-watch';
import { lostSagasWatch } from '../../recovery/lost-sagas-watch';
import { oldAnswers, oldRowsWatch } from '../../recovery/old-rows-watch';
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

function watchesOf(context: ProcessContext, intakes: Intakes): readonly Watch[] {
  const { stores, sagas, logger, metrics } = context;
  return [
    dueHoldsWatch(stores.inventoryReads, (commands) => expireHolds(stores.inventory, commands)),
    dueExclusionsWatch(stores.inventoryReads, (commands) => endExclusions(stores.inventory, commands)),
    supplyExpiryWatch(stores.inventoryFeed),
    ...retentionWatches(context),
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

/** The watches that remove rows which are not the record of anything. */
function retentionWatches({ stores, settings: { keptDays } }: ProcessContext): readonly Watch[] {
  const { inventory, credit, orders, deliveries, inventoryFeed, commands } = stores;
  return [
    oldRowsWatch({
      name: 'old-answers',
      keptDays: keptDays.answers,
      removeOld: oldAnswers(commands, [inventory, credit, orders]),
    }),
    oldRowsWatch({
      name: 'old-deliveries',
      keptDays: keptDays.deliveries,
      removeOld: (days, limit) => deliveries.removeOld(days, limit),
    }),
    oldRowsWatch({
      name: 'old-stale-counts',
      keptDays: keptDays.staleCounts,
      removeOld: (days, limit) => inventoryFeed.removeStaleCounts(days, limit),
    }),
  ];
}
