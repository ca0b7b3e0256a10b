import type { Activities } from '../../activities/activities';
import { workflowOf } from '../../src/contracts/plans';
import type { MemberEnd } from '../../src/contracts/saga';
import type { CommandKind } from '../../src/domain/command/recorded-command';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { acceptOf, cancelOf, orderOf, randomId, rejectOf, returnOf, reviseOf, shipOf } from './new-commands';
import { carriedOut, commandRowOf, placed, type rowOf, shipmentAt } from './order-changes';
import type { SagaFixture } from './saga-fixture';

/** A saga to disturb: its command, made once its order exists. */
export interface SagaPlay {
  readonly name: string;
  /** The saga's steps, in order. */
  readonly steps: readonly (keyof Activities)[];
  readonly decision: string;
  prepare(fixture: SagaFixture): Promise<NewCommand>;
}

const QUANTITY = 2;

function onOrder(commandOf: (order: Awaited<ReturnType<typeof rowOf>>) => NewCommand) {
  return async (fixture: SagaFixture): Promise<NewCommand> =>
    commandOf(await placed(fixture, orderOf([['CHAIR-01', QUANTITY]])));
}

function to(quantity: number, unitPrice = 100) {
  return onOrder((order) => reviseOf(order, [{ lineId: '1', sku: 'CHAIR-01', quantity, unitPrice }]));
}

/** Every path of the orders' sagas in our own stores. */
export const SAGA_PLAYS: readonly SagaPlay[] = [
  {
    name: 'an order that is approved',
    steps: ['holdCredit', 'commitStock', 'decideOrder'],
    decision: 'approved',
    prepare: async () => orderOf([['CHAIR-01', QUANTITY]]),
  },
  {
    name: 'an order that is rejected',
    steps: ['holdCredit', 'commitStock', 'decideOrder', 'releaseStock', 'releaseCredit', 'closeCommands'],
    decision: 'rejected',
    prepare: async () => orderOf([['CHAIR-01', 90_000, 1]]),
  },
  {
    name: 'a cancellation',
    steps: ['releaseRest', 'decreaseCredit', 'freeCancelled'],
    decision: 'cancelled',
    prepare: onOrder((order) => cancelOf(order)),
  },
  {
    name: 'a revision to more',
    steps: [
      'increaseCredit',
      'extendStock',
      'decideRevision',
      'shrinkStock',
      'decreaseCredit',
      'freeRevised',
    ],
    decision: 'applied',
    prepare: to(QUANTITY + 1),
  },
  {
    name: 'a revision to less',
    steps: [
      'increaseCredit',
      'extendStock',
      'decideRevision',
      'shrinkStock',
      'decreaseCredit',
      'freeRevised',
    ],
    decision: 'applied',
    prepare: to(QUANTITY - 1),
  },
  {
    name: 'a revision that is turned back',
    steps: ['increaseCredit', 'extendStock', 'decideRevision', 'undoExtend', 'revokeIncrease', 'freeRevised'],
    decision: 'turned-back',
    prepare: to(90_000, 1),
  },
  {
    name: 'units that a node gives back',
    steps: ['replaceUnits', 'settleRejection'],
    decision: 'given-back',
    prepare: onOrder((order) =>
      rejectOf(order, shipmentAt(order), { lineId: '1', quantity: 1, reason: 'DAMAGED' }),
    ),
  },
  {
    name: 'a shipment',
    steps: ['consumeStock', 'captureCredit', 'noteCaptured'],
    decision: 'shipped',
    async prepare(fixture) {
      const order = await placed(fixture, orderOf([['CHAIR-01', QUANTITY]]));
      await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
      return shipOf(order, shipmentAt(order));
    },
  },
  {
    name: 'a return',
    steps: ['restockUnits', 'refundCredit', 'noteRefunded'],
    decision: 'returned',
    async prepare(fixture) {
      const order = await placed(fixture, orderOf([['CHAIR-01', QUANTITY]]));
      await carriedOut(fixture, acceptOf(order, shipmentAt(order)));
      await carriedOut(fixture, shipOf(order, shipmentAt(order)));
      return returnOf(order, [{ lineId: '1', quantity: 1, condition: 'SELLABLE' }]);
    },
  },
];

/** A step that one command's saga has reached. */
export interface Arrived {
  /** Resolves when the saga reaches the step. */
  readonly there: Promise<void>;
  /** Lets the saga go on. */
  goOn(): void;
  /** Makes the stopped call of the step fail, so that its answer is lost. */
  lose(): void;
}

/**
 * Stops the first saga of a command that reaches a step, before or after the step takes effect. Every other run of the
 * step goes on.
 */
export function stoppedAt(
  fixture: SagaFixture,
  step: keyof Activities,
  { id }: { readonly id: string },
  moment: 'before' | 'after',
): Arrived {
  const [reached, ended] = [deferred<void>(), deferred<boolean>()];
  let isTaken = false;
  fixture.interpose(step, async (run, input) => {
    if (isTaken || !JSON.stringify(input).includes(`"${id}"`)) return run(input);
    isTaken = true;
    const early = moment === 'after' ? await run(input) : undefined;
    reached.resolve();
    const goesOn = await ended.promise;
    if (!goesOn) throw new Error('lost');
    return moment === 'after' ? early : run(input);
  });
  return {
    there: reached.promise,
    goOn: () => ended.resolve(true),
    lose: () => ended.resolve(false),
  };
}

/** Withholds a step's answer for some commands, as if its worker had died, until the returned function is called. */
export function unanswered(
  fixture: SagaFixture,
  step: keyof Activities,
  commands: readonly { readonly id: string }[],
): () => void {
  const { promise, resolve } = deferred<void>();
  fixture.interpose(step, async (run, input) => {
    const text = JSON.stringify(input);
    if (!commands.some(({ id }) => text.includes(`"${id}"`))) return run(input);
    await promise;
    throw new Error('lost');
  });
  return () => {
    fixture.interpose(step, undefined);
    resolve();
  };
}

/** Returns the fixture's workflows with a failed workflow task, as after a history that cannot be replayed. */
export async function brokenWorkflows({ context, settings }: SagaFixture): Promise<readonly string[]> {
  const { workflow } = context.temporal.client;
  const broken: string[] = [];
  for await (const { workflowId, runId } of workflow.list({ query: `TaskQueue = '${settings.taskQueue}'` })) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    // A workflow terminated in the middle of a task has no failure.
    for (const { workflowTaskFailedEventAttributes: failed } of events ?? [])
      if (failed?.failure) broken.push(`${workflowId}: ${failed.failure.message}`);
  }
  return broken;
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

/**
 * Runs the saga of a recorded command again, beside its own or after it, under another id and with the row's decision.
 */
export async function anotherRun<K extends CommandKind>(
  fixture: SagaFixture,
  { id, kind, subject }: NewCommand<K>,
): Promise<readonly MemberEnd[]> {
  const { decision: stored, recordedAt } = await commandRowOf(fixture, id);
  const isDecidedAtRecord = kind !== 'create' && kind !== 'revise';
  const decision = isDecidedAtRecord ? (stored?.kind ?? null) : null;
  const member = { id, subject, decision, line: id, recordedAt };
  const started = await fixture.context.sagas.start({
    workflow: workflowOf(kind) ?? kind,
    workflowId: `again/${randomId()}`,
    input: { members: [member] },
    lines: [id],
    subjects: [subject],
  });
  return started.ended as Promise<readonly MemberEnd[]>;
}
