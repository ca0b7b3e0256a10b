import type { CommandKind, CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import type { AroundStep } from '../../support/direct-saga';
import type { Ground, Means } from './grounds';
import type { PartnerWord } from './partner-books';

/** A run whose steps are to be sabotaged. */
export interface SabotagedRun {
  readonly stores: Stores;
  readonly row: CommandRow;
  /** Whether recovery has started it. */
  readonly isRecovery: boolean;
}

/** One kind of command in one situation, played by two runs at every pair of offsets. */
export interface Scenario<K extends CommandKind = CommandKind> {
  readonly name: string;
  readonly kind: K;
  readonly means: Means;
  /** Brings the grounds to where the command can be recorded, and makes it: one for each of them. */
  prepare(stores: Stores, grounds: readonly Ground[]): Promise<readonly NewCommand<K>[]>;
  /** What partners say to each of the two runs (default: nobody is asked). */
  readonly words?: readonly [PartnerWord, PartnerWord];
  /** The fault that the first run alone meets at one of its steps. */
  readonly fault?: { readonly at: string; readonly isProvable: boolean };
  /** Makes the steps of each run do something else; planted bugs are made of it. */
  sabotage?(run: SabotagedRun): AroundStep;
  /** Comes between the two runs. */
  meanwhile?(stores: Stores, ground: Ground): Promise<void>;
  /** Comes when the runs have ended. */
  afterwards?(stores: Stores, ground: Ground): Promise<void>;
  /** How the command may be decided. */
  readonly decisions: readonly string[];
  /** How its order may stand afterwards. */
  readonly statuses: readonly string[];
  /** Whether it is one more situation of a saga that is played at every pair elsewhere. */
  readonly hasFewPairs?: boolean;
  /** Whether every pair must leave exactly what one run leaves (default: yes). */
  readonly isExact?: boolean;
}

/** The scenarios, each to be played at few pairs. */
export function few<K extends CommandKind>(scenarios: readonly Scenario<K>[]): readonly Scenario<K>[] {
  return scenarios.map((scenario) => ({ ...scenario, hasFewPairs: true }));
}
