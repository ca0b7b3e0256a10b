import type { PositionedEvent } from '../stores/log/event-rows';
import type { StepSession } from '../stores/postgres/store-session';

/**
 * Rows that are folded from events. They are saved with the checkpoint, in one transaction: each event shows in them
 * exactly once. They can be thrown away and folded again.
 */
export interface Projection {
  readonly kind: 'projection';
  /** Folds events in. What it saves is written together with the checkpoint, at the end of the transaction. */
  apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void>;
  /** Throws the rows away. */
  clear(session: StepSession): Promise<void>;
}

/**
 * What happens elsewhere because of events. It comes before the checkpoint is saved, so after a crash the same events
 * come again: it must not matter. It has to answer within some seconds, or its turn is over and they come again, too.
 */
export interface Reaction {
  readonly kind: 'reaction';
  react(events: readonly PositionedEvent[]): Promise<void>;
}

/** Somebody who follows the log of a store, from its start. */
export interface Subscription {
  readonly name: string;
  /**
   * Raised with the handler; whoever has a lower one stands down. Where it makes something else of the events there were,
   * all of them are read again. Where it only knows types that no log has yet, the migration that comes with it raises
   * the revision of the checkpoint, too: before the first of them is logged, and nothing is read again.
   */
  readonly revision: number;
  readonly types: readonly string[];
  readonly handler: Projection | Reaction;
}
