import type { DeliveryStore } from '../stores/webhooks/delivery-store';
import type { Watch } from './watch';

const EVERY_MS = 60_000;
const KEPT_DAYS = 30;
/** Rows per statement, and statements per run of the watch; both bound the duration. */
const MOST_AT_ONCE = 2_000;
const MOST_STATEMENTS = 50;

/** Creates the watch that removes deliveries to webhooks 30 days after their last attempt. Pending ones stay. */
export function oldDeliveriesWatch(deliveries: Pick<DeliveryStore, 'removeOld'>): Watch {
  return {
    name: 'old-deliveries',
    everyMs: EVERY_MS,
    async look() {
      for (let done = 0; done < MOST_STATEMENTS; done += 1) {
        if ((await deliveries.removeOld(KEPT_DAYS, MOST_AT_ONCE)) < MOST_AT_ONCE) return;
      }
    },
  };
}
