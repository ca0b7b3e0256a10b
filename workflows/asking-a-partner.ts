import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { PartnerAsking } from '../src/contracts/bookings';
import type { PartnerReply } from '../src/domain/inventory/partner-request';
import { askParty } from './asking-a-party';
import { LOOK_UP, ONCE } from './step-options';

const { reserveAtPartner } = proxyActivities<Activities>(ONCE);
const { lookUpAtPartner } = proxyActivities<Activities>(LOOK_UP);

/** Asks a partner to deliver. One that is not heard has said `unreachable`: it may have booked, or book later. */
export async function askPartner(asking: PartnerAsking): Promise<PartnerReply> {
  const labelled = { summary: `${asking.nodeId}: ${asking.lines.map(({ sku }) => sku).join(', ')}` };
  const word = await askParty({
    book: () => reserveAtPartner.executeWithOptions(labelled, [asking]),
    lookUp: () => lookUpAtPartner.executeWithOptions(labelled, [asking]),
  });
  switch (word.kind) {
    case 'booked':
      return { kind: 'confirmed', references: word.references };
    case 'refused':
      return { kind: 'refused', reason: word.reason };
    case 'out-of-reach':
      return { kind: 'unreachable' };
  }
}
