import { workflowOf } from '../contracts/plans';
import { ownIdOf } from '../contracts/saga';
import { spanOfCommands } from '../intake/command-spans';
import { sagaStart } from '../intake/saga-start';
import type { CommandStore, DueSaga } from '../stores/orders/command-store';
import type { SagaClient } from '../temporal/saga-client';
import { inSpanUntil } from '../tracing/spans';
import type { Watch } from './watch';

const EVERY_MS = 1_000;
const MOST_AT_ONCE = 50;
/** A batch that was restarted this often is split: one of its members may crash the worker. */
const SPLIT_AFTER_STARTS = 3;
const NEVER = new Promise<never>(() => undefined);

export interface LostSagas {
  readonly commands: Pick<CommandStore, 'takeDue' | 'noteRestart' | 'undoLook' | 'detach'>;
  readonly sagas: Pick<SagaClient, 'startAgain'>;
  /** Called for each lost saga that was started again. `starts` counts its starts. */
  readonly onRestart: (saga: DueSaga, starts: number) => void;
}

/**
 * Creates the watch for lost sagas, the one rule of recovery: start the saga of every overdue command again under the
 * same id. A running saga is left alone. A lost saga begins anew, and its steps repeat their stored answers.
 */
export function lostSagasWatch(deps: LostSagas): Watch {
  return {
    name: 'lost-sagas',
    everyMs: EVERY_MS,
    async look() {
      const due = await deps.commands.takeDue(MOST_AT_ONCE);
      for (const [at, saga] of due.entries()) {
        try {
          await startAgain(deps, saga);
        } catch (error) {
          // Temporal gave no answer. Undo the remaining checks; the next round probes with one call.
          for (const { workflowId } of due.slice(at)) await deps.commands.undoLook(workflowId);
          throw error;
        }
      }
    },
  };
}

async function startAgain({ commands, sagas, onRestart }: LostSagas, saga: DueSaga): Promise<void> {
  if (saga.starts >= SPLIT_AFTER_STARTS && saga.commands.length > 1) return split({ commands, sagas }, saga);
  if ((await restart(sagas, saga)) !== 'started') return;
  await commands.noteRestart(saga.workflowId);
  onRestart(saga, saga.starts + 1);
}

async function split(
  { commands, sagas }: Pick<LostSagas, 'commands' | 'sagas'>,
  saga: DueSaga,
): Promise<void> {
  for (const command of saga.commands) {
    const workflow = workflowOf(command.kind);
    if (workflow === null) continue;
    const workflowId = ownIdOf(workflow, command);
    const handedOver = await commands.detach(saga.workflowId, [{ id: command.id, workflowId }]);
    if (handedOver.length > 0) await restart(sagas, { workflowId, commands: [command] });
  }
}

async function restart(
  sagas: LostSagas['sagas'],
  { workflowId, commands }: Pick<DueSaga, 'workflowId' | 'commands'>,
): Promise<'started' | 'running' | 'no saga'> {
  const start = sagaStart(workflowId, commands);
  if (!start) return 'no saga';
  return inSpanUntil(
    'restart saga',
    spanOfCommands(workflowId, commands),
    () => sagas.startAgain(start),
    // A span that does not end is not exported: a look at a saga that runs is no part of its trace.
    (outcome) => (outcome === 'running' ? NEVER : undefined),
  );
}
