import { claimsCountFrom, type Stock } from '../domain/inventory/stock';
import { difference, type Findings } from './audit-findings';
import type { SettingsHistory } from './audit-settings';
import { StockReplay } from './audit-stock-replay';
import { type AuditedEvent, type EndedStream, groupedBy, StreamAudit } from './audit-streams';
import type { StoreSession } from './store-session';

interface StoredAllocation {
  readonly stream: string;
  readonly reservationId: string;
  readonly quantity: number;
  readonly state: string;
  readonly grantedAt: string;
  readonly expiresAt: string | null;
}

/**
 * Every stock row is what its log gives, its counters are the sums of its allocations, its allocations are the
 * claims its log has granted and not taken back, and none of them was granted out of nothing.
 */
export class StockAudit extends StreamAudit<StockReplay> {
  readonly kind = 'stock';

  constructor(
    private readonly session: StoreSession,
    findings: Findings,
    private readonly settings: SettingsHistory,
  ) {
    super(findings);
  }

  protected open(key: string): StockReplay {
    const slash = key.lastIndexOf('/');
    const report = (sentence: string) => this.findings.add(sentence);
    return new StockReplay(key.slice(0, slash), key.slice(slash + 1), this.settings, report);
  }

  protected evolve(replay: StockReplay, _key: string, event: AuditedEvent): StockReplay {
    replay.take(event);
    return replay;
  }

  protected override weigh({ claims }: StockReplay): number {
    return 1 + claims.size;
  }

  protected async compare(ended: readonly EndedStream<StockReplay>[]): Promise<void> {
    const { rows, allocations } = await this.#load(ended.map(({ fold }) => fold.stock));
    for (const { key, version, fold } of ended) {
      const stream = `stock/${key}`;
      const from = claimsCountFrom(fold.stock);
      const claimsFrom = from && new Date(from).toISOString();
      this.match(stream, rows.get(stream), { ...fold.stock, version, claimsCountFrom: claimsFrom });
      this.#matchAllocations(stream, allocations.get(stream) ?? [], fold);
    }
  }

  #matchAllocations(
    stream: string,
    stored: readonly StoredAllocation[],
    { stock, claims }: StockReplay,
  ): void {
    for (const { stream: _, reservationId, ...row } of stored) {
      const claim = claims.get(reservationId);
      const found = claim ? difference(row, claim) : 'its log has no such claim';
      if (found) this.findings.add(`${stream}: the allocation of ${reservationId}: ${found}.`);
    }
    const known = new Set(stored.map(({ reservationId }) => reservationId));
    for (const id of claims.keys()) {
      if (!known.has(id)) this.findings.add(`${stream}: ${id} has claimed stock and has no allocation.`);
    }
    for (const [state, counted] of [
      ['HELD', stock.held],
      ['COMMITTED', stock.committed],
    ] as const) {
      const sum = stored.reduce((total, row) => total + (row.state === state ? row.quantity : 0), 0);
      if (sum !== counted)
        this.findings.add(`${stream}: ${counted} are ${state} by its log, and ${sum} by its allocations.`);
    }
  }

  async #load(places: readonly Pick<Stock, 'sku' | 'nodeId'>[]) {
    const skus = places.map(({ sku }) => sku);
    const nodes = places.map(({ nodeId }) => nodeId);
    const [stored] = await this.session.$queryRaw<{ stock: Stock[]; allocations: StoredAllocation[] }[]>`
      WITH place AS (SELECT * FROM unnest(${skus}::text[], ${nodes}::text[]) AS p(sku, node_id))
      SELECT (SELECT coalesce(json_agg(json_build_object('sku', sku, 'nodeId', node_id, 'supplies', supplies,
          'unavailable', unavailable, 'held', held, 'committed', committed,
          'claimsCountFrom', iso(claims_count_from), 'version', stream_version)), '[]')
         FROM stock JOIN place USING (sku, node_id)) AS stock,
        (SELECT coalesce(json_agg(json_build_object('stream', 'stock/' || sku || '/' || node_id,
          'reservationId', reservation_id, 'quantity', quantity, 'state', state,
          'grantedAt', iso(granted_at), 'expiresAt', iso(expires_at))), '[]')
         FROM allocation JOIN place USING (sku, node_id)) AS allocations`;
    return {
      rows: new Map(stored?.stock.map((row) => [`stock/${row.sku}/${row.nodeId}`, row])),
      allocations: groupedBy(stored?.allocations ?? [], ({ stream }) => stream),
    };
  }
}
