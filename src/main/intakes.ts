import { Intake, type IntakeLimits } from '../intake/intake';
import type { Intakes } from '../intake/intakes';
import { LARGEST_SET } from '../temporal/saga-look';
import type { SagaStarters } from '../temporal/saga-starters';

/** Measured: docs/decisions/0007-sets-and-slots.md. */
export const INTAKE_LIMITS: IntakeLimits = {
  setSize: LARGEST_SET,
  // In order lines: with the longest ids, each of them split over four nodes, a payload stays below Temporal's 2 MB.
  setWeight: 1_500,
  slots: 3,
  patienceMs: 250,
  slotTimeoutMs: 2_000,
  quietMs: 14,
  queue: 4_000,
};

/** A trip travels alone, and most of its time goes by at third parties: many may be under way. */
const TRIPS: Partial<IntakeLimits> = { setSize: 1, slots: 32, queue: 1_000 };

export function openIntakes(starters: SagaStarters, limits: IntakeLimits = INTAKE_LIMITS): Intakes {
  return {
    orders: new Intake(starters.createOrder, limits, ({ lines }) => lines.length),
    reservations: new Intake(starters.reserveInventory, limits, ({ demands }) => demands.length),
    accepts: new Intake(starters.acceptShipments, limits),
    rejections: new Intake(starters.rejectUnits, limits),
    ships: new Intake(starters.shipShipments, limits),
    deliveries: new Intake(starters.deliverShipments, limits),
    cancels: new Intake(starters.cancelOrders, limits),
    revisions: new Intake(starters.reviseOrders, limits, ({ lines }) => lines.length),
    trips: new Intake(starters.bookTrip, { ...limits, ...TRIPS }),
  };
}
