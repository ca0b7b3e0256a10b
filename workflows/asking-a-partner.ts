import { ActivityFailure, proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { BookingOutcome, FoundOutcome, PartnerAsking } from '../src/contracts/bookings';
import { LOOK_UP, ONCE } from './step-options';

const { reserveAtPartner } = proxyActivities<Activities>(ONCE);
const { lookUpAtPartner } = proxyActivities<Activities>(LOOK_UP);

/** What a partner will do. Out of reach: it may still have booked, or book later. */
export type PartnerWord =
  | { readonly kind: 'confirmed'; readonly isDoubled: boolean }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'out-of-reach' };

const MOST_ATTEMPTS = 3;
const PAUSE_MS = 500;

/** Asks a partner to deliver; after a call whose outcome nobody knows it looks before it asks again. */
export async function askPartner(asking: PartnerAsking): Promise<PartnerWord> {
  const labelled = { summary: `${asking.nodeId}: ${asking.lines.map(({ sku }) => sku).join(', ')}` };
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
    if (attempt > 1) await sleep(PAUSE_MS);
    const asked = await orUnknown<BookingOutcome>(reserveAtPartner.executeWithOptions(labelled, [asking]));
    if (asked.kind !== 'unknown') return wordOf(asked);
    const found = await orUnknown<FoundOutcome>(lookUpAtPartner.executeWithOptions(labelled, [asking]));
    if (found.kind === 'unknown') break;
    if (found.kind === 'cancelled') return { kind: 'refused', reason: 'CANCELLED' };
    if (found.kind !== 'absent') return wordOf(found);
  }
  return { kind: 'out-of-reach' };
}

function wordOf(outcome: Exclude<BookingOutcome, { kind: 'unknown' }>): PartnerWord {
  if (outcome.kind === 'refused') return outcome;
  return { kind: 'confirmed', isDoubled: outcome.references.length > 1 };
}

/** A step that failed or timed out, or whose worker died, may have had its effect. */
async function orUnknown<Outcome>(
  step: Promise<Outcome>,
): Promise<Outcome | { readonly kind: 'unknown'; readonly detail: string }> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof ActivityFailure) return { kind: 'unknown', detail: error.message };
    throw error;
  }
}
