import type { SubscriptionStore } from '../../stores/log/subscription-store';

/** A process that runs subscriptions. */
export interface Runner {
  readonly store: SubscriptionStore;
  /** Names this process in the leases that it takes. */
  readonly owner: string;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
}
