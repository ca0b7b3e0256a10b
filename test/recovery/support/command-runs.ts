import { ApplicationFailure } from '@temporalio/common';
import { PLANS, type PlannedKind, type SagaPlan } from '../../../src/contracts/plans';
import { STEP_FAULTED } from '../../../src/contracts/saga';
import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { memberOf } from '../../../src/intake/saga-start';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { PlanRun } from '../../../workflows/engine/plan-run';
import { type AroundStep, directDeps, directPort, record } from '../../support/direct-saga';
import type { Ground } from './grounds';
import type { PartnerWord } from './partner-books';
import { SagaRun } from './saga-run';
import type { Scenario } from './scenario';

/** Records commands in one process, whose cache keeps them as in production. @throws when one is refused */
export async function recorded(
  stores: Stores,
  commands: readonly NewCommand[],
): Promise<readonly CommandRow[]> {
  const answers = await record(stores, commands);
  return answers.map((answer) => {
    if (answer.kind !== 'recorded') throw new Error(`a command was not taken: ${JSON.stringify(answer)}`);
    stores.commandCache.remember([answer.row]);
    return answer.row;
  });
}

/** Returns the current row of a command, for a run that recovery starts. */
export async function rowNow({ commands }: Stores, { id }: Pick<CommandRow, 'id'>): Promise<CommandRow> {
  const row = (await commands.commands([id])).get(id);
  if (!row) throw new Error(`command ${id} is gone`);
  return row;
}

export interface RunOptions {
  readonly word?: PartnerWord | undefined;
  /** A fault that only this run meets, at one of its steps. */
  readonly fault?: Scenario['fault'] | undefined;
  readonly sabotage?: AroundStep | undefined;
}

/** Creates a run of one command's saga in one process. */
export function runOf(
  stores: Stores,
  { partner }: Pick<Ground, 'partner'>,
  row: CommandRow,
  { word = 'confirms', fault, sabotage = untouched }: RunOptions = {},
): SagaRun {
  const plan: SagaPlan = PLANS[row.kind as PlannedKind];
  const parties = partner.heardAs(word);
  return new SagaRun((around) => {
    const port = directPort(directDeps(stores, parties), plan, row.workflowId, (step, ids, take) => {
      if (step === 'cancelAtPartners') parties.heal();
      return around(step, ids, () =>
        sabotage(step, ids, fault?.at === step ? () => faulted(fault.isProvable) : take),
      );
    });
    return new PlanRun(plan, [memberOf(row)], port).run();
  });
}

const untouched: AroundStep = (_, __, take) => take();

async function faulted(isProvable: boolean): Promise<never> {
  throw ApplicationFailure.create({
    message: 'a fault of one run',
    type: STEP_FAULTED,
    nonRetryable: true,
    details: [isProvable],
  });
}
