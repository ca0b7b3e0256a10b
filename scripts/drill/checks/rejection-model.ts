import type { PlacedOrder, PlacedTrip } from '../traffic/journal';
import type { Intention } from '../traffic/order-plans';

/** A time in which third parties cannot answer. */
export interface Silence {
  readonly from: number;
  readonly to: number;
}

/** The rejection reasons that each intention expects; undefined: an approval is expected. */
const MEANT: Readonly<Record<Intention, RegExp | undefined>> = {
  ordinary: undefined,
  scarce: undefined,
  'at-partner': undefined,
  resourced: undefined,
  'too-much': /^(OUT_OF_STOCK|NO_SOURCING_FOUND)$/,
  'no-credit': /^CREDIT_LIMIT_EXCEEDED$/,
  'unknown-customer': /^UNKNOWN_CUSTOMER$/,
  'partner-refuses': /^(OUT_OF_STOCK|NO_SOURCING_FOUND|PARTNER_REFUSED)$/,
  'partner-silent': /^(OUT_OF_STOCK|NO_SOURCING_FOUND|PARTNER_UNREACHABLE)$/,
};
const FROM_SILENCE = /^(OUT_OF_STOCK|NO_SOURCING_FOUND|PARTNER_UNREACHABLE|PARTY_UNREACHABLE)$/;

/** Judges the ends of orders by stock, credit and third parties alone: no injected fault explains a rejection. */
export class RejectionModel {
  constructor(
    private readonly orders: readonly PlacedOrder[],
    private readonly silences: readonly Silence[],
    private readonly supplies: Readonly<Record<string, number>>,
  ) {}

  /** Returns the fault in an order's end; undefined when the model explains it. */
  judge(order: PlacedOrder): string | undefined {
    const { plan, outcome, reason = 'no reason' } = order;
    if (outcome === undefined) return undefined;
    if (outcome === 'rejected' && reason === 'CANCELLED' && order.isCancelRequested) return undefined;
    const meant = MEANT[plan.intention];
    if (outcome === 'approved') return meant ? `was approved, though it was made to be refused` : undefined;
    if (meant?.test(reason)) return undefined;
    if (plan.intention === 'scarce' && reason === 'OUT_OF_STOCK' && this.#isShort(order)) return undefined;
    const isThirdParties = plan.intention === 'at-partner' || plan.intention === 'partner-refuses';
    if (isThirdParties && FROM_SILENCE.test(reason) && this.#wasSilent(order)) return undefined;
    return `was rejected: ${reason}, which neither stock nor credit nor a third party explains`;
  }

  judgeTrip(trip: PlacedTrip): string | undefined {
    const { expected, status, reason } = trip;
    if (status === undefined || status === expected) return undefined;
    const isSilence = status === 'REJECTED' && reason !== undefined && FROM_SILENCE.test(reason);
    if (isSilence && this.#wasSilent(trip)) return undefined;
    return `was to be ${expected} and is ${status}${reason === undefined ? '' : ` (${reason})`}`;
  }

  /** Returns true when other orders may have left too little of an item while this order was decided. */
  #isShort(order: PlacedOrder): boolean {
    const to = order.decidedAt ?? Number.POSITIVE_INFINITY;
    return order.plan.lines.some(({ sku, quantity }) => {
      const others = this.orders.filter(
        (one) =>
          one !== order && one.placedAt <= to && (one.freedAt ?? Number.POSITIVE_INFINITY) >= order.placedAt,
      );
      const had = others
        .flatMap(({ plan }) => plan.lines)
        .reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0);
      return had + quantity > (this.supplies[sku] ?? 0);
    });
  }

  #wasSilent({ placedAt, decidedAt }: Pick<PlacedOrder, 'placedAt' | 'decidedAt'>): boolean {
    return this.silences.some(
      ({ from, to }) => from <= (decidedAt ?? Number.POSITIVE_INFINITY) && to >= placedAt,
    );
  }
}
