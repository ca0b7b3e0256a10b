import type { CommandRow } from '../../src/domain/command/recorded-command';
import { freshSagaId } from '../../src/intake/saga-start';
import { lostSagasWatch } from '../../src/recovery/lost-sagas-watch';
import type { Watch } from '../../src/recovery/watch';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { type Chosen, commandOf } from './new-commands';
import { commandRowOf } from './order-changes';
import { eventually, type SagaFixture } from './saga-fixture';

/** Returns the relay's watch over a fixture's commands. Adds the ids of the sagas that it restarts to `restarted`. */
export function lostSagas({ context }: SagaFixture, restarted: string[] = []): Watch {
  return lostSagasWatch({
    commands: context.stores.commands,
    sagas: context.sagas,
    onRestart: ({ workflowId }) => restarted.push(workflowId),
  });
}

/** Makes some commands overdue for the relay by a wide margin: the clock may step back before the relay checks. */
export async function due({ sql }: SagaFixture, commands: readonly { readonly id: string }[]): Promise<void> {
  const ids = commands.map(({ id }) => id);
  await sql("UPDATE orders.command SET look_at = 'epoch' WHERE id = ANY($1)", [ids]);
}

/** Terminates the workflow that carries a command, wherever it is; waits until it has been started. */
export async function terminated(fixture: SagaFixture, id: string): Promise<string> {
  const { workflowId } = await commandRowOf(fixture, id);
  const handle = fixture.context.temporal.client.workflow.getHandle(workflowId);
  await eventually(() => handle.terminate('a test'));
  return workflowId;
}

/** Waits until a command needs attention and returns its row. */
export function untilAttention(fixture: SagaFixture, id: string): Promise<CommandRow> {
  return eventually(async () => {
    const row = await commandRowOf(fixture, id);
    if (!row.attention) throw new Error(`command ${id} needs no attention: ${JSON.stringify(row)}`);
    return row;
  });
}

/** Retries a command as an operator does. Returns false when it needs no attention. */
export async function retried(fixture: SagaFixture, id: string): Promise<boolean> {
  const { kind, subject } = await commandRowOf(fixture, id);
  const isRetried = await fixture.context.stores.commands.retry(id, freshSagaId(kind, subject), {
    caller: 'tester',
  });
  await lostSagas(fixture).look();
  return isRetried;
}

/** Returns an operator's resolve command: the rest of the target was done by hand. */
export function resolveOf(
  { id, subject }: { readonly id: string; readonly subject: string },
  chosen?: Chosen,
): NewCommand<'resolve'> {
  return commandOf('resolve', subject, { target: id, note: 'by telephone' }, chosen);
}
