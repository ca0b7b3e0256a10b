import { Intake, type IntakeLimits } from '../intake/intake';
import type { Intakes } from '../intake/intakes';
import { LARGEST_SET, type SagaStarters } from '../temporal/saga-starters';

/** Measured: docs/decisions/0003-sets-and-slots.md. */
export const INTAKE_LIMITS: IntakeLimits = {
  setSize: LARGEST_SET,
  slots: 2,
  slotTimeoutMs: 2_000,
  quietMs: 8,
  queue: 4_000,
};

export function openIntakes(starters: SagaStarters, limits: IntakeLimits = INTAKE_LIMITS): Intakes {
  return {
    orders: new Intake(starters.createOrder, limits),
    reservations: new Intake(starters.reserveInventory, limits),
    releases: new Intake(starters.releaseReservation, limits),
  };
}
