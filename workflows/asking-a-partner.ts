import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { PartnerAsking } from '../src/contracts/bookings';
import { askParty } from './asking-a-party';
import { LOOK_UP, ONCE } from './step-options';

const { reserveAtPartner } = proxyActivities<Activities>(ONCE);
const { lookUpAtPartner } = proxyActivities<Activities>(LOOK_UP);

/** What a partner will do. Out of reach: it may still have booked, or book later. */
export type PartnerWord =
  | { readonly kind: 'confirmed'; readonly isDoubled: boolean }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'out-of-reach' };

/** Asks a partner to deliver. */
export async function askPartner(asking: PartnerAsking): Promise<PartnerWord> {
  const labelled = { summary: `${asking.nodeId}: ${asking.lines.map(({ sku }) => sku).join(', ')}` };
  const word = await askParty({
    book: () => reserveAtPartner.executeWithOptions(labelled, [asking]),
    lookUp: () => lookUpAtPartner.executeWithOptions(labelled, [asking]),
  });
  return word.kind === 'booked' ? { kind: 'confirmed', isDoubled: word.references.length > 1 } : word;
}
