import { lostSagasWatch } from '../../src/recovery/lost-sagas-watch';
import type { DueSaga } from '../../src/stores/orders/command-store';
import { activeTraceparent } from '../../src/tracing/spans';
import { orderOf } from '../support/new-commands';
import { tracedTest } from './support/traced-test';

const TRACE = '1'.repeat(32);

const { ended } = tracedTest();

/** Looks once at a due saga of one order. Returns the trace with which Temporal was asked to start it. */
async function look(outcome: 'started' | 'running'): Promise<string | undefined> {
  const { wanted, ...order } = orderOf([['MUG-01', 1]]);
  const traced = { ...wanted, traceparent: `00-${TRACE}-${'a'.repeat(16)}-01` };
  const command = { ...order, wanted: traced, recordedAt: '2030-01-01T00:00:00.000Z', decision: null };
  const saga = { workflowId: 'createOrders/lost', starts: 0, commands: [command] } as unknown as DueSaga;
  let sent: string | undefined;
  const nothing = async () => undefined;
  await lostSagasWatch({
    commands: {
      takeDue: async () => [saga],
      noteRestart: nothing,
      undoLook: nothing,
      detach: async () => [],
    },
    sagas: {
      async startAgain() {
        sent = activeTraceparent();
        return outcome;
      },
    },
    onRestart: () => undefined,
  }).look();
  return sent;
}

test('a saga that is started again continues the trace of its command', async () => {
  const sent = await look('started');
  const span = ended().get('restart saga');
  expect(span?.parentSpanContext?.spanId).toBe('a'.repeat(16));
  expect(sent).toBe(`00-${TRACE}-${span?.spanContext().spanId}-01`);
});

test('a look at a saga that runs is no span', async () => {
  await look('running');
  expect([...ended().keys()]).toEqual([]);
});
