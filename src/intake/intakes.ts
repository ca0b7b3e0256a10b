import type { ReservationOutcome, ReserveInventory } from '../contracts/commands';
import type { CommandKind } from '../domain/command/recorded-command';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import type { Intake } from './intake';

/** The intakes of one process, a queue a kind of command. */
export type Intakes = {
  readonly [K in CommandKind]: Intake<NewCommand<K>, RecordAnswer>;
} & {
  /** Reserving is a saga without a command's row: the answer comes from its one step. */
  readonly reserve: Intake<ReserveInventory, ReservationOutcome>;
};
