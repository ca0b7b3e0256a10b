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
import type { PartyReply, TripProgress } from '../../src/domain/trip/trip';
import { outcomesOf } from '../engine/search-attributes';
import { CANCEL, LOOK_UP, ONCE, STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';
import { askParty } from '../partners/ask-party';
import { tripTable } from './trip-table';

const { resumeTrip, noteReply, noteCancelled, decideAgainstTrip, putBeforeOperator } =
  proxyLocalActivities<Activities>(STEP);

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
    const trip = await orAgainst(id, () => decided(id));
    const end: MemberEnd = { id, decision: trip.kind, end: 'closed' };
    upsertSearchAttributes(outcomesOf([end]));
    await cancelWhatIsLeft(id, trip);
    return [end];
  });
}

/** Only a fault that is provably the trip's own decides against it; any other one is put before an operator. */
async function orAgainst(id: string, decide: () => Promise<DecidedTrip>): Promise<DecidedTrip> {
  try {
    return await decide();
  } catch (error) {
    const fault = faultOf(error);
    if (!fault) throw error;
    if (!fault.isProvable) return giveUp(id, ['decide the trip'], fault.message);
    return decideAgainstTrip.executeWithOptions({ summary: fault.message }, [{ id }]);
  }
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
async function cancelWhatIsLeft(id: string, trip: DecidedTrip): Promise<void> {
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
      const fault = faultOf(error);
      if (!fault) throw error;
      remaining.push(`cancel ${party}`);
      failure ||= fault.message;
    }
  }
  if (remaining.length > 0) await giveUp(id, remaining, failure);
}

/** Puts the trip before an operator. @throws ApplicationFailure of type `NeedsAttention`, which ends the workflow */
async function giveUp(id: string, remaining: readonly string[], failure: string): Promise<never> {
  const { workflowId } = workflowInfo();
  await putBeforeOperator.executeWithOptions({ summary: failure }, [
    { workflowId, id, attention: { remaining, failure } },
  ]);
  throw ApplicationFailure.nonRetryable(
    `${id} needs an operator: ${remaining.join(', ')} (${failure}). Mend the cause, then retry or resolve it at /v1/sagas/${id}.`,
    NEEDS_ATTENTION,
  );
}

function show(trip: TripProgress): void {
  setCurrentDetails(tripTable(trip));
}
