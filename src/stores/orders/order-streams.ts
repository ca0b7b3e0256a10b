import type { ToldEvent } from '../../domain/insights/order-tallies';
import type { StoreSession } from '../postgres/store-session';

/** An event of an order's stream. */
export interface StreamEvent {
  readonly stream: string;
  readonly version: number;
  readonly event: ToldEvent;
}

/** Reads the events of some streams, each up to a version, in order of stream and version. */
export async function streamsUpTo(
  session: StoreSession,
  versions: ReadonlyMap<string, number>,
): Promise<readonly StreamEvent[]> {
  const streams = [...versions.keys()];
  const last = [...versions.values()];
  return session.$queryRaw`
    SELECT e.stream, e.version,
      json_build_object('type', e.type, 'data', e.data, 'occurredAt', iso(e.occurred_at)) AS event
    FROM unnest(${streams}::text[], ${last}::int[]) AS told(stream, last)
    JOIN event e ON e.stream = told.stream AND e.version <= told.last
    ORDER BY e.stream, e.version`;
}
