import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type Activities, createActivities } from '../../activities/activities';
import type { StepDeps } from '../../activities/step-deps';
import { USUAL_DEADLINES } from '../../activities/step-deps';
import type { FoundOutcome } from '../../src/contracts/bookings';
import { PLANS, type PlannedKind, type SagaPlan } from '../../src/contracts/plans';
import {
  type MemberEnd,
  ownIdOf,
  PARTY_UNREACHABLE,
  STEP_FAULTED,
  type StepInput,
  type StepWord,
  type StepWords,
} from '../../src/contracts/saga';
import type { CommandKind, CommandRow } from '../../src/domain/command/recorded-command';
import { COMMANDS } from '../../src/intake/commands';
import { memberOf } from '../../src/intake/saga-start';
import type { BookingParties } from '../../src/providers/booking-parties';
import type { NewCommand, RecordAnswer } from '../../src/stores/orders/command-rows';
import { databaseTrouble } from '../../src/stores/postgres/database-errors';
import type { Stores } from '../../src/stores/stores';
import { PlanRun } from '../../workflows/engine/plan-run';
import type { SagaPort, StepFault } from '../../workflows/engine/saga-port';
import { askParty } from '../../workflows/partners/ask-party';
import { randomId } from './new-commands';

/** Wraps a step of a direct saga: a test may pause, repeat or refuse it. */
export type AroundStep = <T>(step: string, ids: readonly string[], take: () => Promise<T>) => Promise<T>;

export interface DirectOptions {
  readonly parties?: BookingParties;
  readonly around?: AroundStep;
}

const MOST_TRIES = 10;
/** The tests fail attempts on purpose: the SDK's log of them is noise. */
const QUIET = new DefaultLogger('ERROR');

/** A third party that does not exist. */
const NO_PARTIES: BookingParties = {
  book: async () => ({ kind: 'unknown', detail: 'there is no party' }),
  lookUp: async () => ({ kind: 'unknown', detail: 'there is no party' }),
  cancel: async () => ({ kind: 'unknown', detail: 'there is no party' }),
  cancelReference: async () => ({ kind: 'unknown', detail: 'there is no party' }),
  reduce: async () => ({ kind: 'unknown', detail: 'there is no party' }),
};

/** Returns the steps' dependencies over the given stores, for sagas that run without Temporal. */
export function directDeps(stores: Stores, parties: BookingParties = NO_PARTIES): StepDeps {
  return {
    stores,
    parties,
    deadlines: USUAL_DEADLINES,
    callers: { tell: () => undefined },
    observer: {
      stepEnded: () => undefined,
      attentionRequired: () => undefined,
      unitsReallocated: () => undefined,
    },
    maxShipments: null,
    partnerPatienceMs: 0,
    retryNodeSeconds: 900,
  };
}

/** Records commands of one kind under a workflow id, as the intake does. */
export function record<K extends CommandKind>(
  stores: Stores,
  commands: readonly NewCommand<K>[],
  workflowId = `direct/${randomId()}`,
): Promise<readonly RecordAnswer[]> {
  const [first] = commands;
  if (!first) throw new Error('a record is of some command');
  return COMMANDS[first.kind].record({ stores, deadlines: USUAL_DEADLINES })(workflowId, commands);
}

/** Records commands of one kind and runs their saga without Temporal. Returns the end of each recorded member. */
export async function carried<K extends CommandKind>(
  stores: Stores,
  commands: readonly NewCommand<K>[],
  options: DirectOptions = {},
): Promise<readonly MemberEnd[]> {
  const rows = recordedRows(await record(stores, commands));
  return runDirect(
    stores,
    rows.filter(({ isClosed }) => !isClosed),
    options,
  );
}

/** Returns the rows of the recorded commands. */
export function recordedRows(answers: readonly RecordAnswer[]): readonly CommandRow[] {
  return answers.flatMap((answer) => (answer.kind === 'recorded' ? [answer.row] : []));
}

/** Runs the saga of recorded commands of one kind without Temporal, detached members included. */
export async function runDirect(
  stores: Stores,
  rows: readonly CommandRow[],
  options: DirectOptions = {},
): Promise<readonly MemberEnd[]> {
  const [first] = rows;
  if (!first || !(first.kind in PLANS)) return [];
  const plan: SagaPlan = PLANS[first.kind as PlannedKind];
  const port = directPort(directDeps(stores, options.parties), plan, first.workflowId, options.around);
  const ends = await new PlanRun(plan, rows.map(memberOf), port).run();
  const alone: MemberEnd[] = [];
  for (const { id } of ends.filter(({ end }) => end === 'detached')) {
    const row = (await stores.commands.commands([id])).get(id);
    if (row) alone.push(...(await runDirect(stores, [row], options)));
  }
  return ends.map((end) => alone.find(({ id }) => id === end.id) ?? end);
}

/** Returns a saga's port on the bare steps. Retries at once what Temporal would retry. */
export function directPort(
  deps: StepDeps,
  plan: SagaPlan,
  workflowId: string,
  around: AroundStep = (_, __, take) => take(),
): SagaPort {
  const run = directSteps(deps, around);
  return {
    workflowId,
    step: (step, members) =>
      run<StepWords>(
        step,
        members.map(({ id }) => id),
        { workflowId, members } satisfies StepInput,
      ),
    faultOf: directFaultOf,
    confirmAtPartners: ({ id }) => confirmDirect(id, run),
    cancelAtPartners: ({ id }, decision) => run('cancelAtPartners', [id], { id, decision }),
    detach: (members) =>
      deps.stores.commands.detach(
        workflowId,
        members.map((member) => ({ id: member.id, workflowId: ownIdOf(plan.workflow, member) })),
      ),
    requireAttention: (id, attention, isDecided) =>
      run('putBeforeOperator', [id], { workflowId, id, attention, isDecided }),
    close: (ids) => run('closeCommands', ids, { ids }),
    show: () => undefined,
  };
}

/** Runs a step of any saga without Temporal. Retries at once what Temporal would retry. */
export type DirectStep = <T>(step: string, ids: readonly string[], input: unknown) => Promise<T>;

export function directSteps(deps: StepDeps, around: AroundStep): DirectStep {
  const activities = createActivities(deps) as unknown as Record<
    string,
    (input: unknown) => Promise<unknown>
  >;
  return <T>(step: string, ids: readonly string[], input: unknown) =>
    around(step, ids, () => retried(() => inActivity<T>(activities[step], input)));
}

/** Returns the step fault of an error from a direct step; undefined when the error is no member's fault. */
export function directFaultOf(error: unknown): StepFault | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined;
  const [isProvable] = error.type === STEP_FAULTED ? (error.details ?? []) : [];
  return { message: error.message, isProvable: isProvable === true };
}

async function confirmDirect(id: string, run: DirectStep): Promise<StepWord> {
  type Next = Awaited<ReturnType<Activities['askPartners']>>;
  let next = await run<Next>('askPartners', [id], { id });
  while (next.kind === 'ask') {
    const { reservationId, nodeId, round, lines } = next;
    const asking = { orderId: id, reservationId, nodeId, round, lines };
    const reply = await askParty({
      book: () => run('reserveAtPartner', [id], asking),
      lookUp: () => run<FoundOutcome>('lookUpAtPartner', [id], asking).catch(asUnknown),
    });
    const word = reply.kind === 'booked' ? { kind: 'confirmed', references: reply.references } : reply;
    next = await run<Next>('notePartnerReply', [id], { id, nodeId, round, word });
  }
  return next;
}

/** Returns an unknown outcome where Temporal would give up on an unreachable partner. */
export function asUnknown(error: unknown): FoundOutcome {
  if (error instanceof ApplicationFailure && error.type === PARTY_UNREACHABLE)
    return { kind: 'unknown', detail: error.message };
  throw error;
}

async function retried<T>(take: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await take();
    } catch (error) {
      const isOver =
        error instanceof ApplicationFailure ? error.nonRetryable : databaseTrouble(error) === 'fault';
      if (isOver || attempt === MOST_TRIES) throw error;
    }
  }
}

function inActivity<T>(step: ((input: unknown) => Promise<unknown>) | undefined, input: unknown): Promise<T> {
  if (!step) throw new Error('there is no such step');
  return new MockActivityEnvironment({}, { logger: QUIET }).run(
    step as (given: unknown) => Promise<T>,
    input,
  );
}
