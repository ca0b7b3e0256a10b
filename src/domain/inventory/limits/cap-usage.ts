import { type CapEvent, type CapFacts, type CapState, evolveCap } from './sales-cap';

/** A sales cap folded from its log, so that its usage can be computed for any later moment. */
export interface CapUsage {
  readonly state: CapState;
  /** The shares of holds by their expiry, in milliseconds since 1970. */
  readonly expiring: readonly (readonly [expiresAt: number, quantity: number])[];
}

export function evolveCapUsage(usage: CapUsage | undefined, event: CapEvent): CapUsage | undefined {
  const state = evolveCap(usage?.state, event);
  if (!state) return undefined;
  const expiring = usage?.expiring ?? [];
  switch (event.type) {
    case 'inventory.cap-claimed.v1':
      return { state, expiring: withMore(expiring, event.data.expiresAt, event.data.quantity) };
    case 'inventory.cap-claim-extended.v1': {
      const { expiresAt, until, quantity } = event.data;
      return { state, expiring: withMore(withMore(expiring, expiresAt, -quantity), until, quantity) };
    }
    case 'inventory.cap-claim-kept.v1':
    case 'inventory.cap-claim-returned.v1':
      return { state, expiring: withMore(expiring, event.data.expiresAt, -event.data.quantity) };
    default:
      return { state, expiring };
  }
}

function withMore(
  expiring: CapUsage['expiring'],
  expiresAt: string | null,
  quantity: number,
): CapUsage['expiring'] {
  if (expiresAt === null) return expiring;
  const moment = Date.parse(expiresAt);
  const left = quantity + (expiring.find(([at]) => at === moment)?.[1] ?? 0);
  const others = expiring.filter(([at]) => at !== moment);
  return left <= 0 ? others : [...others, [moment, left] as const].sort(([a], [b]) => a - b);
}

/** Computes a cap's facts at one moment: expired holds have returned their shares. */
export function capFactsOf({ state, expiring }: CapUsage, now: string): CapFacts {
  const at = Date.parse(now);
  const over = expiring.filter(([moment]) => moment <= at).reduce((sum, [, quantity]) => sum + quantity, 0);
  return { ...state, usedNow: state.used - over };
}
