import { type Demand, sumBySku } from '../limits/demand';
import type { Allocation } from '../offer/sourcing';

/** A partner's reply to a request. `unreachable`: no answer by the deadline; the partner may book all the same. */
export type PartnerReply =
  /** The first reference is the booking that is kept; further references are surplus bookings. */
  | { readonly kind: 'confirmed'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable' };

/** The units asked of a partner in one round. Reservation, node and round name one booking key. */
export interface PartnerAsk {
  readonly nodeId: string;
  readonly round: number;
  readonly lines: readonly Demand[];
}

/** A request stored before the partner is called; its reply, `word`, is null until it is stored. */
export interface PartnerRequest extends PartnerAsk {
  readonly word: PartnerReply | null;
}

/** Returns the current round. Each reply other than a confirmation ends a round, so that no key serves two requests. */
export function roundOf(requests: readonly PartnerRequest[]): number {
  return requests.filter(hasFailed).length + 1;
}

/** Returns the last request that was answered with anything but a confirmation. */
export function lastFailure(requests: readonly PartnerRequest[]): PartnerRequest | undefined {
  return requests.findLast(hasFailed);
}

function hasFailed({ word }: Pick<PartnerRequest, 'word'>): boolean {
  return word !== null && word.kind !== 'confirmed';
}

/**
 * Returns the requests that a partner has confirmed since its last failure. A failure voids its earlier confirmations.
 */
export function standing<Request extends Pick<PartnerRequest, 'nodeId' | 'word'>>(
  requests: readonly Request[],
): readonly Request[] {
  return requests.filter(
    ({ nodeId, word }, at) =>
      word?.kind === 'confirmed' &&
      !requests.slice(at).some((later) => later.nodeId === nodeId && hasFailed(later)),
  );
}

/** Returns the first partner that has not confirmed all of its allocations, and the lines it has not confirmed. */
export function nextToAsk(
  partners: readonly string[],
  allocations: readonly Allocation[],
  requests: readonly PartnerRequest[],
): PartnerAsk | undefined {
  const confirmed = standing(requests).flatMap(({ nodeId, lines }) =>
    lines.map((line) => ({ nodeId, ...line })),
  );
  for (const nodeId of partners) {
    const isHere = (units: Allocation) => units.nodeId === nodeId;
    const agreed = new Map(
      sumBySku(confirmed.filter(isHere)).map(({ sku, quantity }) => [sku, quantity] as const),
    );
    const lines = sumBySku(allocations.filter(isHere))
      .map(({ sku, quantity }) => ({ sku, quantity: quantity - (agreed.get(sku) ?? 0) }))
      .filter(({ quantity }) => quantity > 0);
    if (lines.length > 0) return { nodeId, round: roundOf(requests), lines };
  }
  return undefined;
}

/** Stores the reply to one of the requests. */
export function withReply(
  requests: readonly PartnerRequest[],
  { nodeId, round, word }: Omit<PartnerRequest, 'lines'>,
): readonly PartnerRequest[] {
  return requests.map((request) =>
    request.nodeId === nodeId && request.round === round ? { ...request, word } : request,
  );
}
