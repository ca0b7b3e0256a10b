import type { OrderPlan } from './order-plans';

/** A keyed request that was answered 2xx. */
export interface AcceptedRequest {
  readonly path: string;
  readonly key: string;
  readonly body?: unknown;
  readonly status: number;
  /** The id of the order, trip, shipment or reservation in the answer. */
  readonly subject: string;
}

/** An order as its caller knows it. */
export interface PlacedOrder {
  readonly plan: OrderPlan;
  readonly key: string;
  readonly placedAt: number;
  id?: string;
  acceptedAt?: number;
  decidedAt?: number;
  outcome?: 'approved' | 'rejected';
  reason?: string | undefined;
  isCancelRequested?: boolean;
  /** When its stock was seen to be given back. */
  freedAt?: number;
}

export type ChangeKind = 'cancel' | 'revise' | 'accept' | 'reject' | 'ship' | 'deliver';

/** A command on an order that was answered 2xx. */
export interface AcceptedChange {
  readonly kind: ChangeKind;
  readonly orderId: string;
  readonly path: string;
  readonly key: string;
  readonly body?: object | undefined;
  readonly acceptedAt: number;
  finalAt?: number;
}

export interface PlacedTrip {
  readonly key: string;
  readonly placedAt: number;
  readonly expected: 'BOOKED' | 'REJECTED';
  id?: string;
  acceptedAt?: number;
  decidedAt?: number;
  status?: string;
  reason?: string | undefined;
}

/** All that was asked of the service in one drill, and what was answered. */
export class Journal {
  readonly orders: PlacedOrder[] = [];
  readonly changes: AcceptedChange[] = [];
  readonly trips: PlacedTrip[] = [];
  readonly accepted: AcceptedRequest[] = [];
  readonly counts = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Returns the orders that took longest to be decided, in words. */
  slowest(count: number): readonly string[] {
    const decided = this.orders.flatMap(({ id, plan, placedAt, decidedAt, outcome, reason = '' }) =>
      decidedAt === undefined
        ? []
        : [{ tookMs: decidedAt - placedAt, words: `${id} (${plan.intention}, ${outcome} ${reason})` }],
    );
    return decided
      .sort((a, b) => b.tookMs - a.tookMs)
      .slice(0, count)
      .map(({ tookMs, words }) => `${(tookMs / 1_000).toFixed(1)} s ${words}`);
  }

  /** Returns how long each accepted command took after the faults stopped, of those that were open then or came later. */
  settlingMs(stoppedAt: number): readonly number[] {
    const commands = [
      ...this.orders.map(({ acceptedAt, decidedAt }) => ({ acceptedAt, finalAt: decidedAt })),
      ...this.trips.map(({ acceptedAt, decidedAt }) => ({ acceptedAt, finalAt: decidedAt })),
      ...this.changes,
    ];
    return commands.flatMap(({ acceptedAt, finalAt }) => {
      if (acceptedAt === undefined || (finalAt !== undefined && finalAt <= stoppedAt)) return [];
      return [(finalAt ?? Number.POSITIVE_INFINITY) - Math.max(acceptedAt, stoppedAt)];
    });
  }
}
