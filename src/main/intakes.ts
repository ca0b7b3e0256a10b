import type {
  CreateOrder,
  OrderOutcome,
  ReleaseOutcome,
  ReleaseReservation,
  ReservationOutcome,
  ReserveInventory,
} from '../contracts/commands';
import { Intake, type IntakeLimits } from '../intake/intake';
import { LARGEST_SET, type SagaStarters } from '../temporal/saga-starters';

/** The intakes of one process, a queue a command. */
export interface Intakes {
  readonly orders: Intake<CreateOrder, OrderOutcome>;
  readonly reservations: Intake<ReserveInventory, ReservationOutcome>;
  readonly releases: Intake<ReleaseReservation, ReleaseOutcome>;
}

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
