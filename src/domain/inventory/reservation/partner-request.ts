import { type Demand, sumBySku } from '../limits/demand';
import type { Allocation } from '../offer/sourcing';

/** What a partner answers to a request. `unreachable`: it has not been heard by its deadline, and may book all the same. */
export type PartnerReply =
  /** The first reference is the booking that is kept; more than one: the partner has booked more than once. */
  | { readonly kind: 'confirmed'; readonly references: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'unreachable' };

/** What a partner is asked to deliver in a round. Together with the reservation it names one booking key. */
export interface PartnerAsk {
  readonly nodeId: string;
  readonly round: number;
  readonly lines: readonly Demand[];
}

/** A request that was written down before the partner was called; `word` is null until its reply has been stored. */
export interface PartnerRequest extends PartnerAsk {
  readonly word: PartnerReply | null;
}

/** Each reply other than a confirmation ends a round, so that no key is used for two requests. */
export function roundOf(requests: readonly PartnerRequest[]): number {
  return requests.filter(hasFailed).length + 1;
}

/** The request that was answered last with anything but a confirmation. */
export function lastFailure(requests: readonly PartnerRequest[]): PartnerRequest | undefined {
  return requests.findLast(hasFailed);
}

function hasFailed({ word }: Pick<PartnerRequest, 'word'>): boolean {
  return word !== null && word.kind !== 'confirmed';
}

/** The requests that a partner has confirmed since it last failed: a failure loses all it had confirmed before. */
export function standing<Request extends Pick<PartnerRequest, 'nodeId' | 'word'>>(
  requests: readonly Request[],
): readonly Request[] {
  return requests.filter(
    ({ nodeId, word }, at) =>
      word?.kind === 'confirmed' &&
      !requests.slice(at).some((later) => later.nodeId === nodeId && hasFailed(later)),
  );
}

/** The first of these partners that has not confirmed all of its allocations, and the lines it has not confirmed. */
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

/** The requests once the reply to one of them has been stored. */
export function withReply(
  requests: readonly PartnerRequest[],
  { nodeId, round, word }: Omit<PartnerRequest, 'lines'>,
): readonly PartnerRequest[] {
  return requests.map((request) =>
    request.nodeId === nodeId && request.round === round ? { ...request, word } : request,
  );
}
