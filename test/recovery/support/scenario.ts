import type { CommandKind, CommandRow } from '../../../src/domain/command/recorded-command';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import type { AroundStep } from '../../support/direct-saga';
import type { Ground, Means } from './grounds';
import type { PartnerWord } from './partner-books';

/** A run with steps to sabotage. */
export interface SabotagedRun {
  readonly stores: Stores;
  readonly row: CommandRow;
  /** True when recovery has started it. */
  readonly isRecovery: boolean;
}

/** A kind of command in one situation, played by two runs at pairs of offsets. */
export interface Scenario<K extends CommandKind = CommandKind> {
  readonly name: string;
  readonly kind: K;
  readonly means: Means;
  /** Prepares the grounds and returns one command for each of them. */
  prepare(stores: Stores, grounds: readonly Ground[]): Promise<readonly NewCommand<K>[]>;
  /** The partners' replies to each of the two runs (default: no partner is asked). */
  readonly words?: readonly [PartnerWord, PartnerWord];
  /** The fault that only the first run meets, at one of its steps. */
  readonly fault?: { readonly at: string; readonly isProvable: boolean };
  /** Wraps the steps of each run to plant a bug. */
  sabotage?(run: SabotagedRun): AroundStep;
  /** Runs between the two runs. */
  meanwhile?(stores: Stores, ground: Ground): Promise<void>;
  /** Runs when the runs have ended. */
  afterwards?(stores: Stores, ground: Ground): Promise<void>;
  /** The allowed decisions of the command. */
  readonly decisions: readonly string[];
  /** The allowed statuses of its order afterwards. */
  readonly statuses: readonly string[];
  /** True when another scenario already plays this saga at every pair. */
  readonly hasFewPairs?: boolean;
  /** True when every pair must leave exactly the state that one run leaves (default: true). */
  readonly isExact?: boolean;
}

/** Returns the scenarios, each to be played at few pairs. */
export function few<K extends CommandKind>(scenarios: readonly Scenario<K>[]): readonly Scenario<K>[] {
  return scenarios.map((scenario) => ({ ...scenario, hasFewPairs: true }));
}
