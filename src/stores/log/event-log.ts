import { sqltag as sql } from '@prisma/client/runtime/client';
import { actOfEvent } from '../../contracts/audit-acts';
import type { Command } from '../../contracts/commands';
import { type StreamKey, streamOf } from '../../names/stream-key';

/** The command that caused an event, its caller, the id that correlates it, and its trace. */
export type Cause = Pick<Command, 'commandId' | 'caller' | 'keyId' | 'correlation' | 'traceparent'>;

interface PendingEvent {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly type: string;
  readonly data: object;
  readonly occurred_at: string;
  readonly causation: string;
  readonly correlation: string;
  readonly traceparent: string | null;
  readonly caller: string;
  readonly key_id: string | null;
  /** The act of the audit log that a setting is. */
  readonly act?: string;
}

/**
 * One stream in a transaction: its state and version, loaded under the row's lock. Appending evolves the state, so the
 * saved state equals the fold of the log.
 */
export interface OpenStream<State, Event> {
  readonly state: State;
  readonly version: number;
  readonly isTouched: boolean;
  append(event: Event, cause: Cause): void;
  /** Applies an event that is not appended: another stream has it. */
  evolve(event: Event): void;
}

/** The events that one transaction appends, stamped with its moment on the database's clock. */
export class PendingLog {
  readonly #events: PendingEvent[] = [];

  constructor(readonly now: string) {}

  open<State, Event extends { readonly type: string; readonly data: object }>(
    key: StreamKey,
    loaded: { readonly state: State; readonly version: number },
    evolve: (state: State, event: Event) => State,
  ): OpenStream<State, Event> {
    const events = this.#events;
    const stream = streamOf(key);
    const { now } = this;
    let { state, version } = loaded;
    return {
      get state() {
        return state;
      },
      get version() {
        return version;
      },
      get isTouched() {
        return version > loaded.version;
      },
      append(event, cause) {
        const act = actOfEvent(event.type);
        state = evolve(state, event);
        version += 1;
        events.push({
          stream,
          key,
          version,
          type: event.type,
          data: event.data,
          occurred_at: now,
          causation: cause.commandId,
          correlation: cause.correlation,
          traceparent: cause.traceparent ?? null,
          caller: cause.caller,
          key_id: cause.keyId ?? null,
          ...(act === undefined ? {} : { act }),
        });
      },
      evolve(event) {
        state = evolve(state, event);
      },
    };
  }

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  /**
   * Builds the part of a save statement that appends the events. The unique (stream, version) is the last guard: when
   * two transactions append to a stream at once, one fails and runs again.
   */
  insertion() {
    return sql`
      INSERT INTO event (stream, key, version, type, data, occurred_at, causation, correlation, traceparent, caller,
        key_id, act)
      SELECT stream, key, version, type, data, occurred_at, causation, correlation, traceparent, caller, key_id, act
      FROM jsonb_to_recordset(${JSON.stringify(this.#events)}::jsonb) AS e(
        stream text, key jsonb, version int, type text, data jsonb, occurred_at timestamptz,
        causation text, correlation text, traceparent text, caller text, key_id text, act text)
      ORDER BY stream, version`;
  }
}
