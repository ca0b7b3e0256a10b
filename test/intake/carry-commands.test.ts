import type { SagaInput } from '../../src/contracts/saga';
import type { CommandRow } from '../../src/domain/command/recorded-command';
import { refused } from '../../src/domain/refusal';
import { carryCommands } from '../../src/intake/carry-commands';
import { Failed } from '../../src/intake/intake';
import type { NewCommand, RecordAnswer } from '../../src/stores/orders/command-rows';
import type { SagaStart } from '../../src/temporal/saga-client';
import { cancelOf } from '../support/new-commands';

type Answering = (command: NewCommand<'cancel'>, workflowId: string) => RecordAnswer;

/** Returns a carrier over a record that answers as the test says, and a Temporal that confirms every start, or none. */
function carrying(answer: Answering, { isConfirmed = true, fault = undefined as Fault | undefined } = {}) {
  const records: { readonly workflowId: string; readonly ids: readonly string[] }[] = [];
  const started: SagaStart[] = [];
  const unconfirmed: string[] = [];
  const remembered: CommandRow[] = [];
  const batches: string[] = [];
  const carry = carryCommands(
    'cancel',
    async (workflowId, offered) => {
      const ids = offered.map(({ id }) => id);
      records.push({ workflowId, ids });
      const error = fault?.(ids);
      if (error) throw error;
      return offered.map((command) => answer(command, workflowId));
    },
    {
      sagas: {
        async start(start) {
          started.push(start);
          if (!isConfirmed) throw new Error('Temporal is away');
          return { ended: Promise.resolve('ended') };
        },
      },
      cache: { remember: (rows) => remembered.push(...rows) },
      onUnconfirmed: (workflowId) => unconfirmed.push(workflowId),
      onBatch: (kind, size) => batches.push(`${size} ${kind}`),
    },
  );
  const inputOf = ({ input }: SagaStart) => (input as SagaInput).members.map(({ id }) => id);
  return { carry, records, started, unconfirmed, remembered, batches, carried: () => started.map(inputOf) };
}

type Fault = (ids: readonly string[]) => Error | undefined;

const LOCKED = Object.assign(new Error('canceling statement due to lock timeout'), { code: '55P03' });
const AWAY = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const cancel = (id: string) => cancelOf({ id: `ord_${id}`, customerId: 'ann' }, { id });

function row(
  { id, kind, caller, subject, wanted }: NewCommand<'cancel'>,
  workflowId: string,
  isClosed = false,
) {
  const state = { recordedAt: '', decision: { kind: 'cancelled' }, attention: null };
  return { id, kind, caller, subject, wanted, workflowId, isClosed, ...state } as unknown as CommandRow;
}

const recorded: Answering = (command, workflowId) => ({ kind: 'recorded', row: row(command, workflowId) });

test('a batch is recorded under the id of its saga, which is started with its members and their decisions', async () => {
  const { carry, records, started, remembered } = carrying(recorded);
  const { answers, ended } = await carry([cancel('a'), cancel('b')]);
  expect(answers.map((answer) => (answer instanceof Failed ? 'failed' : answer.kind))).toEqual([
    'recorded',
    'recorded',
  ]);
  expect(records).toHaveLength(1);
  const [start] = started;
  expect(start?.workflowId).toBe(records[0]?.workflowId);
  expect(start?.workflowId).toMatch(/^cancelOrders\/ord_a\/[0-9a-f]+$/);
  expect(start).toMatchObject({
    workflow: 'cancelOrders',
    subjects: ['ord_a', 'ord_b'],
    lines: ['Cancel order ord_a', 'Cancel order ord_b'],
    input: {
      members: [
        { id: 'a', subject: 'ord_a', decision: 'cancelled' },
        { id: 'b', subject: 'ord_b', decision: 'cancelled' },
      ],
    },
  });
  expect(remembered.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(await ended).toBe('ended');
});

test('the saga carries what is left open of the rows that bear its id, each once', async () => {
  const { carry, carried } = carrying((command, workflowId) => {
    switch (command.id) {
      case 'replayed':
        return { kind: 'replayed', row: row(command, 'another') };
      case 'refused':
        return refused('CONFLICT');
      case 'reused':
        return { kind: 'key-reused' };
      case 'closed':
        return { kind: 'recorded', row: row(command, workflowId, true) };
      default:
        return recorded(command, workflowId);
    }
  });
  await carry(['replayed', 'refused', 'reused', 'closed', 'open', 'open'].map(cancel));
  expect(carried()).toEqual([['open']]);
});

test('nothing starts where nothing is open', async () => {
  const { carry, started } = carrying((command, workflowId) => ({
    kind: 'recorded',
    row: row(command, workflowId, true),
  }));
  const { ended } = await carry([cancel('a')]);
  await ended;
  expect(started).toEqual([]);
});

test('a start that Temporal does not confirm is left to the relay, and the command was taken', async () => {
  const { carry, unconfirmed, records } = carrying(recorded, { isConfirmed: false });
  const { answers, ended } = await carry([cancel('a')]);
  expect(answers).toMatchObject([{ kind: 'recorded' }]);
  await ended;
  expect(unconfirmed).toEqual([records[0]?.workflowId]);
});

test.each([
  ['a lock that was not had in time', LOCKED],
  ['a fault', new TypeError('a value that nothing takes')],
])(
  'after %s the commands are recorded one by one under the same id, and the bad one fails alone',
  async (_, error) => {
    const { carry, records, carried } = carrying(recorded, {
      fault: (ids) => (ids.includes('b') ? error : undefined),
    });
    const { answers } = await carry([cancel('a'), cancel('b'), cancel('c')]);
    expect(answers).toMatchObject([{ kind: 'recorded' }, { error }, { kind: 'recorded' }]);
    expect(answers[1]).toBeInstanceOf(Failed);
    expect(records.map(({ ids }) => ids.join())).toEqual(['a,b,c', 'a', 'b', 'c']);
    expect(new Set(records.map(({ workflowId }) => workflowId)).size).toBe(1);
    expect(carried()).toEqual([['a', 'c']]);
  },
);

test.each([
  ['while the store is away', [cancel('a'), cancel('b')], AWAY],
  ['where the batch is one command', [cancel('a')], LOCKED],
])('%s the batch fails, and nothing is tried again', async (_, batch, error) => {
  const { carry, records, started } = carrying(recorded, { fault: () => error });
  await expect(carry(batch)).rejects.toBe(error);
  expect(records).toHaveLength(1);
  expect(started).toEqual([]);
});
