import type { PositionedEvent } from '../stores/log/event-rows';
import type { StepSession } from '../stores/postgres/store-session';

/**
 * A handler that folds events into rows. Rows and checkpoint are saved in one transaction, so each event is folded
 * exactly once. The rows can be cleared and folded again.
 */
export interface Projection {
  readonly kind: 'projection';
  /** Folds events into rows. The session's saves are written with the checkpoint, at the end of the transaction. */
  apply(session: StepSession, events: readonly PositionedEvent[]): Promise<void>;
  /** Deletes the rows. */
  clear(session: StepSession): Promise<void>;
}

/**
 * A handler with effects outside the checkpoint's transaction. It runs before the checkpoint is saved, so a crash
 * redelivers its events and it must be idempotent. It must finish within a few seconds: when the transaction times out,
 * its events are redelivered, too.
 */
export interface Reaction {
  readonly kind: 'reaction';
  react(events: readonly PositionedEvent[]): Promise<void>;
}

/** A named handler that follows the log of one store from its start. */
export interface Subscription {
  readonly name: string;
  /**
   * The revision of the handler. A process with a lower revision than the checkpoint's does nothing; a higher revision
   * reads the whole log again. Raise it when the handler changes. When the handler only adds types that no log has yet,
   * a migration raises the checkpoint's revision before the first of them is logged: then nothing is read again.
   */
  readonly revision: number;
  readonly types: readonly string[];
  readonly handler: Projection | Reaction;
}
