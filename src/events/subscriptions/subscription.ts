import type { LogName } from '../../contracts/logs';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { StepSession } from '../../stores/postgres/store-session';

/**
 * A handler that folds events into rows. Rows and checkpoint are saved in one transaction, so each event is folded
 * exactly once. The rows can be cleared and folded again.
 */
export interface Projection {
  readonly kind: 'projection';
  /** Folds events into rows. The session's saves are written with the checkpoint, at the end of the transaction. */
  apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void>;
  /** Sets the rows back to the start of the log: none, or as its archived events left them. */
  clear(session: StepSession): Promise<void>;
}

/**
 * A handler with effects elsewhere. No transaction is open while it runs. The checkpoint moves after it, so a crash
 * redelivers its events and it must be idempotent.
 */
export interface Reaction {
  readonly kind: 'reaction';
  /**
   * Handles events in the order of their log.
   * @param signal aborts when the process stops or another process has taken over: then give up calls to others
   * @throws Unavailable, or an error of a database that is down: the events wait. Any other error parks the event that
   * causes it.
   */
  react(events: readonly PositionedEvent[], signal: AbortSignal): Promise<void>;
  /**
   * Returns the identity of the data at the party that the handler writes to. When it changes, that party has lost what
   * it had, and the handler gets every event again. Left out where no party keeps what the handler sends.
   */
  peer?(): Promise<string>;
}

/** A named handler that follows the log of one store from its start. */
export interface Subscription {
  /** Unique among the subscriptions of all logs. */
  readonly name: string;
  readonly log: LogName;
  /**
   * The revision of the handler. A process with a lower revision than the checkpoint's does nothing; a higher revision
   * reads the whole log again. Raise it when the handler changes.
   */
  readonly revision: number;
  /** The types of events that the handler gets; null: all types. */
  readonly types: readonly string[] | null;
  readonly handler: Projection | Reaction;
}
