import { proxyActivities, proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities';
import type { PartnerAsking } from '../../src/contracts/bookings';
import { partyQueueOf, type StepWord } from '../../src/contracts/saga';
import { summaryText } from '../../src/contracts/shortened-text';
import { unitsAt } from '../../src/contracts/units-text';
import type { PartnerReply } from '../../src/domain/inventory/reservation/partner-request';
import { LOOK_UP, ONCE, STEP } from '../engine/step-options';
import { askParty } from './ask-party';

const { askPartners, notePartnerReply } = proxyLocalActivities<Activities>(STEP);

/**
 * Asks the partners of one order, one after another. The inventory store determines the next partner from the stored
 * replies. Each reply is stored before the saga acts on it.
 */
export async function confirmOrder(id: string): Promise<StepWord> {
  let next = await askPartners.executeWithOptions({ summary: `Look for partners of order ${id}` }, [{ id }]);
  const answers: string[] = [];
  while (next.kind === 'ask') {
    const { reservationId, nodeId, round, lines } = next;
    const word = await askPartner({ orderId: id, reservationId, nodeId, round, lines });
    answers.push(`${nodeId}: ${word.kind}`);
    const summary = summaryText(`Note the answer of ${nodeId}: ${word.kind}`);
    next = await notePartnerReply.executeWithOptions({ summary }, [{ id, nodeId, round, word }]);
  }
  if (next.kind !== 'done') return next;
  return {
    kind: 'done',
    hasSurplus: next.hasSurplus,
    note: [...answers, ...unitsAt(next.allocations)].join(', '),
  };
}

async function askPartner(asking: PartnerAsking): Promise<PartnerReply> {
  const taskQueue = partyQueueOf(workflowInfo().taskQueue);
  const { reserveAtPartner } = proxyActivities<Activities>({ ...ONCE, taskQueue });
  const { lookUpAtPartner } = proxyActivities<Activities>({ ...LOOK_UP, taskQueue });
  const summary = summaryText(
    `Ask ${asking.nodeId} for ${asking.lines.map(({ sku, quantity }) => `${quantity} x ${sku}`).join(', ')}`,
  );
  const labelled = { summary };
  const reply = await askParty({
    book: () => reserveAtPartner.executeWithOptions(labelled, [asking]),
    lookUp: () => lookUpAtPartner.executeWithOptions(labelled, [asking]),
  });
  return reply.kind === 'booked' ? { kind: 'confirmed', references: reply.references } : reply;
}
