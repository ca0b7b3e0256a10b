import { type Decision, done, type StepAnswer, unchanged } from '../../decision';
import { endedBy } from '../limits/exclusion';
import type { InventoryEvent, Reservation } from './reservation';
import { onReservation, restricted } from './reservation-changes';

/**
 * Records the exclusions of an order that have ended by time, so that its waiting entries are filled. Searches do not
 * depend on the record: they go by the clock. A repeat changes nothing.
 */
export function decideEndExclusions(
  existing: Reservation | undefined,
  now: string,
): Decision<StepAnswer, InventoryEvent> {
  const exclusions = existing?.state === 'COMMITTED' ? endedBy(existing.exclusions, now) : undefined;
  if (!existing || !exclusions) return unchanged(done);
  const ended = exclusions.filter((one, at) => one.isOver && !existing.exclusions[at]?.isOver);
  const event = { type: 'inventory.exclusions-ended.v1', data: { exclusions } } as const;
  const skus = ended.map(({ sku }) => sku);
  return {
    answer: done,
    events: [onReservation(existing.id, event), ...restricted({ ...existing, exclusions }, skus)],
  };
}
