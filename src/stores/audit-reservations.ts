import { evolveReservation, type Reservation, type ReservationEvent } from '../domain/inventory/reservation';
import type { Allocation } from '../domain/inventory/sourcing';
import type { Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, groupedBy, StreamAudit } from './audit-streams';
import type { StoreSession } from './store-session';

type Fold = Reservation | undefined;
type StoredAllocation = Allocation & Pick<Reservation, 'state' | 'expiresAt'> & { readonly id: string };

/** Every reservation is what its log gives, covers its lines, and takes exactly the stock that its state says. */
export class ReservationAudit extends StreamAudit<Fold> {
  readonly kind = 'reservation';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(): Fold {
    return undefined;
  }

  protected evolve(reservation: Fold, id: string, { type, data }: AuditedEvent): Fold {
    return evolveReservation(reservation, id, { type, data } as ReservationEvent);
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const ids = ended.map(({ key }) => key);
    const [stored] = await this.session.$queryRaw<
      { reservations: Reservation[]; allocations: StoredAllocation[] }[]
    >`
      SELECT (SELECT coalesce(json_agg(json_build_object('id', id, 'caller', caller, 'orderId', order_id,
          'state', state, 'lines', lines, 'allocations', allocations, 'expiresAt', iso(expires_at),
          'reason', reason, 'version', stream_version)), '[]')
         FROM reservation WHERE id = ANY(${ids})) AS reservations,
        (SELECT coalesce(json_agg(json_build_object('id', reservation_id, 'sku', sku, 'nodeId', node_id,
          'quantity', quantity, 'state', state, 'expiresAt', iso(expires_at))), '[]')
         FROM allocation WHERE reservation_id = ANY(${ids})) AS allocations`;
    const rows = new Map(stored?.reservations.map((row) => [row.id, row]));
    const allocations = groupedBy(stored?.allocations ?? [], ({ id }) => id);
    for (const { key, version, fold } of ended) {
      this.match(`reservation/${key}`, rows.get(key), fold && { ...fold, version });
      if (fold) this.#matchAllocations(fold, allocations.get(key) ?? []);
    }
  }

  #matchAllocations(reservation: Reservation, stored: readonly StoredAllocation[]): void {
    const { id, state, expiresAt, lines, allocations } = reservation;
    const isTaking = state === 'HELD' || state === 'COMMITTED';
    const should = isTaking ? described(allocations.map((taken) => ({ ...taken, state, expiresAt }))) : '';
    const is = described(stored);
    if (is !== should)
      this.findings.add(
        `reservation/${id}: it is ${state} with ${should || 'nothing'}, and takes ${is || 'nothing'}.`,
      );
    if (sums(lines) !== sums(allocations))
      this.findings.add(
        `reservation/${id}: it was asked for ${sums(lines)} and allocates ${sums(allocations)}.`,
      );
  }
}

function described(taken: readonly Omit<StoredAllocation, 'id'>[]): string {
  return taken
    .map(
      ({ sku, nodeId, quantity, state, expiresAt }) =>
        `${quantity} ${sku} at ${nodeId} ${state}${expiresAt === null ? '' : ` until ${expiresAt}`}`,
    )
    .sort()
    .join(', ');
}

/** Quantities by SKU, as text. */
export function sums(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return JSON.stringify([...totals].sort(([a], [b]) => (a < b ? -1 : 1)));
}
