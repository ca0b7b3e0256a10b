import type { SagaInput } from '../../src/contracts/saga';
import type { CommandKind } from '../../src/domain/command/recorded-command';
import { lostSagasWatch } from '../../src/recovery/lost-sagas-watch';
import type { DueSaga } from '../../src/stores/orders/command-store';
import type { SagaStart } from '../../src/temporal/saga-client';

interface Played {
  /** The running workflows; all others are lost. */
  readonly running?: readonly string[];
  /** The start that Temporal does not answer. */
  readonly unanswered?: string;
  /** Commands that another workflow has taken over meanwhile. */
  readonly taken?: readonly string[];
}

/** Creates a watch over due sagas, with a Temporal that gives these answers, and a list of all effects. */
function watching(due: readonly DueSaga[], { running = [], unanswered, taken = [] }: Played = {}) {
  const did: string[] = [];
  const starts: SagaStart[] = [];
  const watch = lostSagasWatch({
    commands: {
      takeDue: async () => due,
      noteRestart: async (workflowId) => void did.push(`note ${workflowId}`),
      undoLook: async (workflowId) => void did.push(`undo ${workflowId}`),
      async detach(from, members) {
        const ids = members.map(({ id }) => id).filter((id) => !taken.includes(id));
        did.push(...ids.map((id) => `detach ${id} from ${from}`));
        return ids;
      },
    },
    sagas: {
      async startAgain(start) {
        if (start.workflowId === unanswered) throw new Error('no answer');
        starts.push(start);
        const state = running.includes(start.workflowId) ? 'running' : 'started';
        did.push(`${state} ${start.workflowId}`);
        return state;
      },
    },
    onRestart: ({ workflowId }, count) => did.push(`restart ${count} of ${workflowId}`),
  });
  return { watch, did, starts };
}

function saga(
  workflowId: string,
  ids: readonly string[],
  more: Partial<DueSaga> & { kind?: CommandKind } = {},
) {
  const { kind = 'create', ...rest } = more;
  const commands = ids.map((id) => ({
    ...{ id, kind, subject: `ord_${id}`, caller: 'tester', decision: null },
    recordedAt: '2026-11-30T12:00:00.000Z',
    wanted: { customerId: 'ada', currency: 'EUR', shipmentId: `shp_${id}`, lines: [], wishes: [] } as never,
  }));
  return { workflowId, starts: 0, commands, ...rest };
}

test('a saga that runs is left alone', async () => {
  const { watch, did } = watching([saga('s1', ['a'])], { running: ['s1'] });
  await watch.look();
  expect(did).toEqual(['running s1']);
});

test('a saga that was lost is started again under the same id, with all its open commands as they stand', async () => {
  const [a, b] = saga('s1', ['a', 'b']).commands;
  if (!a || !b) throw new Error('no commands');
  const commands = [a, { ...b, decision: { kind: 'rejected', reason: 'OUT_OF_STOCK' } as const }];
  const { watch, did, starts } = watching([{ workflowId: 's1', starts: 1, commands }]);
  await watch.look();
  expect(did).toEqual(['started s1', 'note s1', 'restart 2 of s1']);
  expect(starts).toMatchObject([
    {
      workflow: 'createOrders',
      workflowId: 's1',
      subjects: ['ord_a', 'ord_b'],
      input: {
        members: [
          { id: 'a', subject: 'ord_a', decision: null },
          { id: 'b', subject: 'ord_b', decision: 'rejected', cause: expect.stringContaining('Fewer units') },
        ],
      },
    },
  ]);
});

test.each([
  ['trip', 'bookTrip'],
  ['resolve', 'resolveCommands'],
  ['ship', 'shipShipments'],
] as const)('the saga of a command of kind %s is %s', async (kind, workflow) => {
  const { watch, starts } = watching([saga('s1', ['a'], { kind })]);
  await watch.look();
  expect(starts.map((start) => start.workflow)).toEqual([workflow]);
});

test('a batch that was started again three times is split: each member goes on in its own workflow', async () => {
  const { watch, did, starts } = watching([saga('s1', ['a', 'b'], { starts: 3 })]);
  await watch.look();
  expect(did).toEqual([
    'detach a from s1',
    'started createOrders/ord_a/a',
    'detach b from s1',
    'started createOrders/ord_b/b',
  ]);
  expect(starts.map(({ input }) => (input as SagaInput).members.map(({ id }) => id))).toEqual([['a'], ['b']]);
});

test('a member that another workflow has taken is not started', async () => {
  const { watch, did } = watching([saga('s1', ['a', 'b'], { starts: 3 })], { taken: ['a'] });
  await watch.look();
  expect(did).toEqual(['detach b from s1', 'started createOrders/ord_b/b']);
});

test('a lone command is started again however often it was lost', async () => {
  const { watch, did } = watching([saga('s1', ['a'], { starts: 9 })]);
  await watch.look();
  expect(did).toEqual(['started s1', 'note s1', 'restart 10 of s1']);
});

test('where Temporal does not answer, the looks from there on are undone and the round ends', async () => {
  const due = [saga('s1', ['a']), saga('s2', ['b']), saga('s3', ['c'])];
  const { watch, did } = watching(due, { unanswered: 's2', running: ['s1'] });
  await expect(watch.look()).rejects.toThrow('no answer');
  expect(did).toEqual(['running s1', 'undo s2', 'undo s3']);
});

test('commands that no workflow carries are left alone', async () => {
  const { watch, did } = watching([saga('s1', ['a'], { kind: 'accept' })]);
  await watch.look();
  expect(did).toEqual([]);
});
