import {
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import { type MemberEnd, partyQueueOf, type SagaInput } from '../../src/contracts/saga';
import { summaryText } from '../../src/contracts/shortened-text';
import { needsOperator } from '../engine/needs-operator';
import { outcomesOf } from '../engine/search-attributes';
import { CANCEL, LOOK_UP, ONCE, STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';
import { askParty } from '../partners/ask-party';
import type { TripPort } from './trip-port';
import { runTrip } from './trip-run';
import { tripTable } from './trip-table';

const { resumeTrip, noteReply, noteCancelled, decideAgainstTrip, putBeforeOperator } =
  proxyLocalActivities<Activities>(STEP);

/**
 * Books hotel, flight and car at independent parties: as one or not at all, except for optional bookings. The saga asks
 * one party after another. Each request, each reply and its consequence are noted in the trip's row, which determines
 * the next action. After the decision every party that was asked and is no part of the trip is told to cancel, the last
 * one first.
 * @throws ApplicationFailure of type `NeedsAttention` when the trip needs an operator
 */
export async function bookTrip({ members }: SagaInput): Promise<readonly MemberEnd[]> {
  const [member] = members;
  if (!member || members.length > 1) throw new Error('the workflow of a trip takes exactly one trip');
  const { id } = member;
  return uncancelled(async () => {
    const { end, attention } = await runTrip(id, tripPort(id));
    if (attention) throw needsOperator(id, attention);
    return [end];
  });
}

function tripPort(id: string): TripPort {
  const { workflowId, taskQueue } = workflowInfo();
  const queue = { taskQueue: partyQueueOf(taskQueue) };
  const { bookAtParty } = proxyActivities<Activities>({ ...ONCE, ...queue });
  const { lookUpAtParty } = proxyActivities<Activities>({ ...LOOK_UP, ...queue });
  const { cancelAtParty } = proxyActivities<Activities>({ ...CANCEL, ...queue });
  return {
    resume: () => resumeTrip.executeWithOptions({ summary: id }, [{ id }]),
    ask({ party, what }) {
      const labelled = { summary: summaryText(`${party}: ${Object.values(what).join(', ')}`) };
      const asking = { tripId: id, party, what };
      return askParty({
        book: () => bookAtParty.executeWithOptions(labelled, [asking]),
        lookUp: () => lookUpAtParty.executeWithOptions(labelled, [asking]),
      });
    },
    noteReply: (party, reply) =>
      noteReply.executeWithOptions({ summary: `${party}: ${reply.kind}` }, [{ id, party, reply }]),
    decideAgainst: () => decideAgainstTrip.executeWithOptions({ summary: id }, [{ id }]),
    cancel({ party, keep }) {
      const summary = keep === null ? party : `${party}: keep ${keep}, cancel all others`;
      return cancelAtParty.executeWithOptions({ summary: summaryText(summary) }, [
        { tripId: id, party, keep },
      ]);
    },
    noteCancelled: (party) => noteCancelled.executeWithOptions({ summary: party }, [{ id, party }]),
    faultOf,
    requireAttention: (attention, isDecided) =>
      putBeforeOperator.executeWithOptions({ summary: summaryText(attention.failure) }, [
        { workflowId, id, attention, isDecided },
      ]),
    decided: ({ kind: decision }) => upsertSearchAttributes(outcomesOf([{ decision }])),
    show: (trip) => setCurrentDetails(tripTable(trip)),
  };
}
