import type { OrderPlan } from './order-plans';

/** A keyed request with a 2xx answer. */
export interface AcceptedRequest {
  readonly path: string;
  readonly key: string;
  readonly body?: unknown;
  readonly status: number;
  /** The id of the order, trip, shipment or reservation in the answer. */
  readonly subject: string;
}

/** An order, and what its caller knows of it. */
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
  /** The time at which its stock was seen to be released. */
  freedAt?: number;
}

export type ChangeKind = 'cancel' | 'revise' | 'accept' | 'reject' | 'ship' | 'deliver' | 'return';

/** A command on an order with a 2xx answer. */
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

/** All requests to the service in one drill, and their answers. */
export class Journal {
  readonly orders: PlacedOrder[] = [];
  readonly changes: AcceptedChange[] = [];
  readonly trips: PlacedTrip[] = [];
  readonly accepted: AcceptedRequest[] = [];
  readonly counts = new Map<string, number>();

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** Returns the orders that took longest to be decided, as text. */
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

  /**
   * Returns the time that each accepted command took after the faults stopped, for commands that were open then or came
   * later.
   */
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
