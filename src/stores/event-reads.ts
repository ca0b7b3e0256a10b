import type { StoreSession } from './store-session';

/** An event as every log carries it. */
export interface LoggedEvent {
  readonly id: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly causation: string;
  readonly correlation: string;
  readonly traceparent: string | null;
}

/** The events of one store that belong to one order or reservation, in the order they were logged. */
export async function eventsByCorrelation(
  store: StoreSession,
  correlation: string,
): Promise<readonly LoggedEvent[]> {
  return store.$queryRaw`
    SELECT id::text, stream, version, type, data, iso(occurred_at) AS "occurredAt", iso(recorded_at) AS "recordedAt",
      causation, correlation, traceparent
    FROM event WHERE correlation = ${correlation} ORDER BY position`;
}

/** One stream of a store, whole, oldest first: folding it gives the state its row holds. */
export async function eventsOfStream(store: StoreSession, stream: string): Promise<readonly LoggedEvent[]> {
  return store.$queryRaw`
    SELECT id::text, stream, version, type, data, iso(occurred_at) AS "occurredAt", iso(recorded_at) AS "recordedAt",
      causation, correlation, traceparent
    FROM event WHERE stream = ${stream} ORDER BY version`;
}
