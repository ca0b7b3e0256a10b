import type { ReservationOutcome, ReserveInventory } from '../contracts/commands';
import type { CommandKind } from '../domain/command/recorded-command';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import type { Intake } from './intake';

/** The intakes of one process: one queue for each kind of command. */
export type Intakes = {
  readonly [K in CommandKind]: Intake<NewCommand<K>, RecordAnswer>;
} & {
  /** A stand-alone hold has no command row: the answer comes from its saga's one step. */
  readonly reserve: Intake<ReserveInventory, ReservationOutcome>;
};
