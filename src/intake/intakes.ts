import type {
  CreateOrder,
  OrderOutcome,
  ReleaseOutcome,
  ReleaseReservation,
  ReservationOutcome,
  ReserveInventory,
} from '../contracts/commands';
import type { BookTrip, TripOutcome } from '../contracts/trips';
import type { Intake } from './intake';

/** The intakes of one process, a queue a command. */
export interface Intakes {
  readonly orders: Intake<CreateOrder, OrderOutcome>;
  readonly reservations: Intake<ReserveInventory, ReservationOutcome>;
  readonly releases: Intake<ReleaseReservation, ReleaseOutcome>;
  readonly trips: Intake<BookTrip, TripOutcome>;
}
