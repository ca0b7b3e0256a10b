import type {
  CancelOrder,
  CommandOutcome,
  CreateOrder,
  OrderOutcome,
  RejectUnits,
  ReportShipment,
  ReservationOutcome,
  ReserveInventory,
  ReviseOrder,
  ShipShipment,
} from '../contracts/commands';
import type { BookTrip, TripOutcome } from '../contracts/trips';
import type { Intake } from './intake';

/** The intakes of one process, a queue a command. */
export interface Intakes {
  readonly orders: Intake<CreateOrder, OrderOutcome>;
  readonly reservations: Intake<ReserveInventory, ReservationOutcome>;
  readonly accepts: Intake<ReportShipment, CommandOutcome>;
  readonly rejections: Intake<RejectUnits, CommandOutcome>;
  readonly ships: Intake<ShipShipment, CommandOutcome>;
  readonly deliveries: Intake<ReportShipment, CommandOutcome>;
  readonly cancels: Intake<CancelOrder, CommandOutcome>;
  readonly revisions: Intake<ReviseOrder, CommandOutcome>;
  readonly trips: Intake<BookTrip, TripOutcome>;
}
