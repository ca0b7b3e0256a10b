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
import type { TripProgress } from '../../src/domain/trip/trip';
import { needOf } from '../engine/member-verdict';
import { needsOperator } from '../engine/needs-operator';
import { outcomesOf } from '../engine/search-attributes';
import { CANCEL, LOOK_UP, ONCE, STEP } from '../engine/step-options';
import { faultOf, uncancelled } from '../engine/temporal-port';
import { askParty } from '../partners/ask-party';
import { tripPage } from './trip-page';
import type { TripPort } from './trip-port';
import { runTrip } from './trip-run';

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
  let shown: TripProgress | undefined;
  const { bookAtParty } = proxyActivities<Activities>({ ...ONCE, ...queue });
  const { lookUpAtParty } = proxyActivities<Activities>({ ...LOOK_UP, ...queue });
  const { cancelAtParty } = proxyActivities<Activities>({ ...CANCEL, ...queue });
  return {
    resume: () => resumeTrip.executeWithOptions({ summary: `Read trip ${id}` }, [{ id }]),
    ask({ party, what }) {
      const labelled = { summary: summaryText(`Ask for the ${party}: ${Object.values(what).join(', ')}`) };
      const asking = { tripId: id, party, what };
      return askParty({
        book: () => bookAtParty.executeWithOptions(labelled, [asking]),
        lookUp: () => lookUpAtParty.executeWithOptions(labelled, [asking]),
      });
    },
    noteReply: (party, reply) =>
      noteReply.executeWithOptions({ summary: `Note the answer for the ${party}: ${reply.kind}` }, [
        { id, party, reply },
      ]),
    decideAgainst: () => decideAgainstTrip.executeWithOptions({ summary: `Reject trip ${id}` }, [{ id }]),
    cancel({ party, keep }) {
      const summary =
        keep === null ? `Cancel the ${party}` : `Cancel every booking of the ${party} but ${keep}`;
      return cancelAtParty.executeWithOptions({ summary: summaryText(summary) }, [
        { tripId: id, party, keep },
      ]);
    },
    noteCancelled: (party) =>
      noteCancelled.executeWithOptions({ summary: `Note that the ${party} is cancelled` }, [{ id, party }]),
    faultOf,
    async requireAttention(attention, isDecided) {
      const summary = summaryText(`Ask for a person: ${attention.failure}`);
      const member = { workflowId, id, attention, isDecided };
      const isOurs = await putBeforeOperator.executeWithOptions({ summary }, [member]);
      if (isOurs && shown) setCurrentDetails(tripPage(shown, needOf({ id, ...attention })));
      return isOurs;
    },
    decided: ({ kind: decision }) => upsertSearchAttributes(outcomesOf([{ decision }])),
    show(trip) {
      shown = trip;
      setCurrentDetails(tripPage(trip));
    },
  };
}
