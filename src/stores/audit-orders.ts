import { evolveOrder, type Order, type OrderEvent } from '../domain/order/order';
import type { Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, StreamAudit } from './audit-streams';
import { type OrderRow, orderRow, streamVersionOf, toOrder } from './order-rows';
import type { StoreSession } from './store-session';

type Fold = Order | undefined;

/** Every order row is what its log gives. */
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
    for (const { key, version, fold } of ended) {
      this.match(`order/${key}`, byId.get(key), fold && { ...fold, streamVersion: version });
    }
  }
}

/** Orders without a single event. */
export async function auditUnloggedOrders(session: StoreSession, findings: Findings): Promise<void> {
  const rows = await session.$queryRaw<{ id: string }[]>`
    SELECT id FROM "order" o
    WHERE NOT EXISTS (SELECT 1 FROM event WHERE stream = 'order/' || o.id AND version = 1) LIMIT 100`;
  for (const { id } of rows) findings.add(`order/${id}: there is a row, and no log from version 1 on.`);
}
