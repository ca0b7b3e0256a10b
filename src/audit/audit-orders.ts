import { evolveOrder } from '../domain/order/evolve-order';
import type { Order } from '../domain/order/order';
import type { OrderEvent } from '../domain/order/order-events';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from '../stores/orders/order-rows';
import type { DueShipment } from '../stores/orders/orders-reads';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, groupedBy, StreamAudit } from './audit-streams';

type Fold = Order | undefined;

/** Checks that every order row equals the fold of its log. */
export class OrderAudit extends StreamAudit<Fold> {
  readonly kind = 'order';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
  ) {
    super(findings);
  }

  protected open(): Fold {
    return undefined;
  }

  protected evolve(order: Fold, id: string, { type, data, occurredAt }: AuditedEvent): Fold {
    return evolveOrder(order, id, { type, data } as OrderEvent, occurredAt);
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const ids = ended.map(({ key }) => key);
    const rows = await this.session.$queryRaw<{ row: OrderRow }[]>`
      SELECT ${orderRow} AS "row" FROM "order" o WHERE id = ANY(${ids})`;
    const stored = ({ row }: { readonly row: OrderRow }) => ({
      ...toOrder(row),
      streamVersion: streamVersionOf(row),
    });
    const byId = new Map(rows.map((found) => [found.row[0], stored(found)]));
    const dues = groupedBy(await this.#shipmentRows(ids), ({ orderId }) => orderId);
    for (const { key, version, fold } of ended) {
      this.match(`order/${key}`, byId.get(key), fold && { ...fold, streamVersion: version });
      const shipments = (fold?.shipments ?? []).map(({ id, orderId, state, dueAt }) => ({
        id,
        orderId,
        state,
        dueAt,
      }));
      const should = shipments.sort((a, b) => (a.id < b.id ? -1 : 1));
      this.match(`order/${key}`, { shipmentRows: dues.get(key) ?? [] }, { shipmentRows: should });
    }
  }

  /** Reads the rows by which the watch for deadlines finds shipments. */
  async #shipmentRows(orderIds: readonly string[]): Promise<readonly DueShipment[]> {
    return this.session.$queryRaw`
      SELECT id, order_id AS "orderId", state, iso(due_at) AS "dueAt" FROM shipment
      WHERE order_id = ANY(${[...orderIds]}) ORDER BY id COLLATE "C"`;
  }
}
