import { evolveTrip, type TripEvent } from '../domain/trip/evolve-trip';
import type { Trip } from '../domain/trip/trip';
import type { StoreSession } from '../stores/postgres/store-session';
import { type TripRow, tripRow } from '../stores/trips/trip-rows';
import type { Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, StreamAudit } from './audit-streams';

type Fold = Trip | undefined;

/** Checks that every trip row equals the fold of its log. */
export class TripAudit extends StreamAudit<Fold> {
  readonly kind = 'trip';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(): Fold {
    return undefined;
  }

  protected evolve(trip: Fold, id: string, { type, data, occurredAt }: AuditedEvent): Fold {
    return evolveTrip(trip, id, { type, data } as TripEvent, occurredAt);
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const ids = ended.map(({ key }) => key);
    const rows = await this.session.$queryRaw<{ row: TripRow }[]>`
      SELECT ${tripRow} AS "row" FROM trip t WHERE id = ANY(${ids})`;
    const byId = new Map(rows.map(({ row }) => [row.id, row]));
    for (const { key, version, fold } of ended) {
      this.match(`trip/${key}`, byId.get(key), fold && { ...fold, streamVersion: version });
    }
  }
}
