import { ApplicationFailure } from '@temporalio/common';
import {
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import { type MemberEnd, NEEDS_ATTENTION, partyQueueOf, type SagaInput } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';
import type { PartyReply, TripProgress } from '../../src/domain/trip/trip';
import type { StepFault } from '../engine/saga-port';
import { outcomesOf } from '../engine/search-attributes';
import { CANCEL, LOOK_UP, ONCE, STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';
import { askParty } from '../partners/ask-party';
import { tripTable } from './trip-table';

const { resumeTrip, noteReply, noteCancelled, decideAgainstTrip, putBeforeOperator } =
  proxyLocalActivities<Activities>(STEP);

const DECIDE = 'decideTrip';

type Asking = Extract<TripProgress, { kind: 'ask' }>;
type DecidedTrip = Exclude<TripProgress, { kind: 'ask' }>;

/**
 * Books hotel, flight and car at companies that know nothing of each other: all of them, or none. Each is asked once the
 * one before it has agreed. That it is asked, its reply and what follows from it are noted in the trip's row, which says
 * what comes next; then every party that was asked and is no part of the trip is told to cancel, the last one first.
 */
export async function bookTrip({ members }: SagaInput): Promise<readonly MemberEnd[]> {
  const [member] = members;
  if (!member || members.length > 1) throw new Error('a trip travels alone');
  const { id } = member;
  return uncancelled(async () => {
    const trip = await decidedOrAgainst(id);
    if (!trip) return [{ id, decision: null, end: 'dropped' }];
    const decision = trip.kind;
    upsertSearchAttributes(outcomesOf([{ decision }]));
    return [{ id, decision, end: await cancelWhatIsLeft(id, trip) }];
  });
}

/** Only a fault that is provably the trip's own decides against it; undefined: the trip was left to another workflow. */
async function decidedOrAgainst(id: string): Promise<DecidedTrip | undefined> {
  try {
    return await decided(id);
  } catch (error) {
    const { isProvable, message } = faultIn(error);
    if (!isProvable) return giveUp(id, { remaining: [DECIDE], failure: message }, false);
  }
  try {
    return await decideAgainstTrip.executeWithOptions({ summary: id }, [{ id }]);
  } catch (error) {
    return giveUp(id, { remaining: [DECIDE], failure: faultIn(error).message }, false);
  }
}

/** @throws the error itself where no step has met a fault */
function faultIn(error: unknown): StepFault {
  const fault = faultOf(error);
  if (!fault) throw error;
  return fault;
}

async function decided(id: string): Promise<DecidedTrip> {
  let trip = await resumeTrip.executeWithOptions({ summary: id }, [{ id }]);
  while (trip.kind === 'ask') {
    show(trip);
    const { party } = trip.asking;
    const reply = await ask(id, trip);
    trip = await noteReply.executeWithOptions({ summary: `${party}: ${reply.kind}` }, [{ id, party, reply }]);
  }
  show(trip);
  return trip;
}

function ask(tripId: string, { asking }: Asking): Promise<PartyReply> {
  const taskQueue = partyQueueOf(workflowInfo().taskQueue);
  const { bookAtParty } = proxyActivities<Activities>({ ...ONCE, taskQueue });
  const { lookUpAtParty } = proxyActivities<Activities>({ ...LOOK_UP, taskQueue });
  const labelled = { summary: `${asking.party}: ${Object.values(asking.what).join(', ')}` };
  return askParty({
    book: () => bookAtParty.executeWithOptions(labelled, [{ tripId, ...asking }]),
    lookUp: () => lookUpAtParty.executeWithOptions(labelled, [{ tripId, ...asking }]),
  });
}

/** A party that does not confirm keeps none of the others from being told; it is put before an operator. */
async function cancelWhatIsLeft(id: string, trip: DecidedTrip): Promise<MemberEnd['end']> {
  const taskQueue = partyQueueOf(workflowInfo().taskQueue);
  const { cancelAtParty } = proxyActivities<Activities>({ ...CANCEL, taskQueue });
  const remaining: string[] = [];
  let failure = '';
  for (const { party, keep } of trip.undos) {
    const summary = keep === null ? party : `${party}: all but ${keep}`;
    try {
      await cancelAtParty.executeWithOptions({ summary }, [{ tripId: id, party, keep }]);
      show(await noteCancelled.executeWithOptions({ summary: party }, [{ id, party }]));
    } catch (error) {
      const { message } = faultIn(error);
      remaining.push(`cancel${party.charAt(0).toUpperCase()}${party.slice(1)}`);
      failure ||= message;
    }
  }
  if (remaining.length === 0) return 'closed';
  await giveUp(id, { remaining, failure }, true);
  return 'dropped';
}

/**
 * Puts the trip before an operator; returns where its row names another workflow, or another run has decided it.
 * @throws ApplicationFailure of type `NeedsAttention`, which ends the workflow
 */
async function giveUp(id: string, attention: Attention, isDecided: boolean): Promise<undefined> {
  const { workflowId } = workflowInfo();
  const { remaining, failure } = attention;
  const isOurs = await putBeforeOperator.executeWithOptions({ summary: failure }, [
    { workflowId, id, attention, isDecided },
  ]);
  if (!isOurs) return undefined;
  throw ApplicationFailure.nonRetryable(
    `${id} needs an operator: ${remaining.join(', ')} (${failure}). Mend the cause, then retry or resolve it at /v1/sagas/${id}.`,
    NEEDS_ATTENTION,
  );
}

function show(trip: TripProgress): void {
  setCurrentDetails(tripTable(trip));
}
