import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import type { CreateOrder } from '../../src/contracts/commands';

const { recordOrder, holdCredit, commitStock, approveOrder, rejectOrder, releaseCredit } =
  proxyActivities<Activities>({
    startToCloseTimeout: '10 seconds',
  });

/** What the engine costs when it is asked for nothing. */
export async function empty(): Promise<string> {
  return 'approved';
}

/** The saga over a set with regular activities in place of local ones. */
export async function regularSet(commands: readonly CreateOrder[]): Promise<string[]> {
  const sagaId = commands[0]?.commandId ?? '';
  const members = commands.map((command) => ({ command, given: {} }));
  await recordOrder({ sagaId, members });
  const held = await holdCredit({ sagaId, members });
  const creditworthy = members.filter(({ command }) => held[command.commandId]?.kind === 'done');
  const stock = await commitStock({ sagaId, members: creditworthy });
  const going = creditworthy.flatMap(({ command }) => {
    const given = stock[command.commandId];
    return given?.kind === 'done' ? [{ command, given }] : [];
  });
  const fallen = creditworthy
    .filter(({ command }) => stock[command.commandId]?.kind !== 'done')
    .map(({ command }) => ({
      command,
      reason: 'OUT_OF_STOCK' as const,
      undone: ['releaseCredit'],
      remaining: [],
    }));
  if (fallen.length > 0) await releaseCredit({ members: fallen });
  if (fallen.length > 0) await rejectOrder({ members: fallen });
  await approveOrder({ sagaId, members: going });
  return commands.map(({ commandId }) => (stock[commandId]?.kind === 'done' ? 'approved' : 'rejected'));
}

/** The same saga written the plain way: one workflow an order, one regular activity a step. */
export async function plainOrder(command: CreateOrder): Promise<string> {
  const members = [{ command, given: {} }];
  const undo = { command, reason: 'OUT_OF_STOCK', undone: [], remaining: [] } as const;
  await recordOrder({ sagaId: command.commandId, members });
  const { [command.commandId]: held } = await holdCredit({ sagaId: command.commandId, members });
  if (held?.kind !== 'done') {
    await rejectOrder({ members: [undo] });
    return 'rejected';
  }
  const { [command.commandId]: stock } = await commitStock({ sagaId: command.commandId, members });
  if (stock?.kind !== 'done') {
    await releaseCredit({ members: [undo] });
    await rejectOrder({ members: [{ ...undo, undone: ['releaseCredit'] }] });
    return 'rejected';
  }
  await approveOrder({ sagaId: command.commandId, members: [{ command, given: stock }] });
  return 'approved';
}
