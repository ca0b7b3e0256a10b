import type { ReservationOutcome, ReserveInventory } from '../contracts/commands';
import { COMMAND_KINDS, type CommandKind } from '../domain/command/recorded-command';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import { type CarryingDeps, carryCommands } from './carry-commands';
import { COMMANDS, type Recording } from './commands';
import { Intake, type IntakeLimits } from './intake';

/** The intakes of commands that have a row: one queue for each kind. */
export type CommandIntakes = { readonly [K in CommandKind]: Intake<NewCommand<K>, RecordAnswer> };

/** The intakes of one process. */
export type Intakes = CommandIntakes & {
  /** A stand-alone hold has no command row: the answer comes from its saga's one step. */
  readonly reserve: Intake<ReserveInventory, ReservationOutcome>;
};

/** Creates an intake for each kind of command. */
export function commandIntakes(
  recording: Recording,
  carrying: CarryingDeps,
  limits: IntakeLimits,
): CommandIntakes {
  const intakes = COMMAND_KINDS.map((kind) => [kind, intakeOf(kind, recording, carrying, limits)]);
  return Object.fromEntries(intakes) as CommandIntakes;
}

function intakeOf<K extends CommandKind>(
  kind: K,
  recording: Recording,
  carrying: CarryingDeps,
  limits: IntakeLimits,
): Intake<NewCommand<K>, RecordAnswer> {
  const { record, weigh = () => 1, limits: own } = COMMANDS[kind];
  return new Intake(carryCommands(kind, record(recording), carrying), { ...limits, ...own }, ({ wanted }) =>
    weigh(wanted),
  );
}
