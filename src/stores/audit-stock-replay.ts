import { never } from '../domain/decision';
import type { StockNode } from '../domain/inventory/set-up';
import {
  claimsCountFrom,
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
  type SupplyCount,
} from '../domain/inventory/stock';
import type { SettingsHistory } from './audit-settings';
import type { AuditedEvent } from './audit-streams';

/** A claim on one stock row, as the row's own log tells it. */
export interface Claim {
  readonly quantity: number;
  readonly state: 'HELD' | 'COMMITTED';
  readonly grantedAt: string;
  readonly expiresAt: string | null;
}

/**
 * Replays the log of one stock row and judges every grant by what stood there at that moment. The arithmetic is
 * written out here on its own: an audit that asked the code it audits would share its mistakes.
 *
 * It sees a grant beyond supply less unavailable, safety stock, unexpired holds and commitments (of an `available`
 * source: claims since its count), out of stale supply, or at a disabled node. It does not see: a grant that fits
 * under a setting that was changed within the seconds before it; whether a source told the truth.
 */
export class StockReplay {
  stock: Stock;
  readonly claims = new Map<string, Claim>();

  constructor(
    sku: string,
    nodeId: string,
    private readonly settings: SettingsHistory,
    private readonly report: (sentence: string) => void,
  ) {
    this.stock = emptyStock(sku, nodeId);
  }

  take(audited: AuditedEvent): void {
    const event = { type: audited.type, data: audited.data } as StockEvent;
    this.stock = evolveStock(this.stock, event);
    if (event.type === 'inventory.supply-counted.v1') return;
    const { reservationId, quantity } = event.data;
    switch (event.type) {
      case 'inventory.stock-held.v1':
        this.#grant(audited, reservationId, quantity, 'HELD', event.data.expiresAt);
        break;
      case 'inventory.stock-committed.v1':
        this.#grant(audited, reservationId, quantity, 'COMMITTED', null);
        break;
      case 'inventory.held-stock-committed.v1':
        this.#adopt(audited, reservationId, quantity);
        break;
      case 'inventory.held-stock-released.v1':
        this.#giveBack(audited, reservationId, quantity, 'HELD');
        break;
      case 'inventory.committed-stock-released.v1':
        this.#giveBack(audited, reservationId, quantity, 'COMMITTED');
        break;
      default:
        never(event);
    }
  }

  #grant(
    event: AuditedEvent,
    id: string,
    quantity: number,
    state: Claim['state'],
    expiresAt: string | null,
  ): void {
    if (this.claims.has(id)) this.#say(event, `grants ${id} a second time`);
    this.claims.set(id, { quantity, state, grantedAt: event.occurredAt, expiresAt });
    const beyond = this.#mostBeyond(event);
    if (beyond > 0) this.#say(event, `is an oversell: it grants ${quantity} to ${id}, ${beyond} too many`);
  }

  #adopt(event: AuditedEvent, id: string, quantity: number): void {
    const claim = this.claims.get(id);
    if (claim?.state !== 'HELD' || claim.quantity !== quantity) {
      this.#say(event, `commits ${quantity} of ${id}, which is not what it holds`);
      return;
    }
    if (claim.expiresAt !== null && claim.expiresAt <= event.occurredAt)
      this.#say(event, `commits the hold ${id} after its time`);
    this.claims.set(id, { ...claim, state: 'COMMITTED', expiresAt: null });
  }

  #giveBack(event: AuditedEvent, id: string, quantity: number, state: Claim['state']): void {
    const claim = this.claims.get(id);
    if (claim?.state !== state || claim.quantity !== quantity)
      this.#say(event, `gives back ${quantity} of ${id}, which is not what it has`);
    this.claims.delete(id);
  }

  /** How many units too many are claimed after a grant, under the kindest settings it may have read. */
  #mostBeyond(grant: AuditedEvent): number {
    const { nodeId, supplies } = this.stock;
    const nodes = this.settings.nodesAt(nodeId, grant.occurredAt);
    const sources = this.#winners(grant.occurredAt);
    const beyond = nodes.flatMap((node) =>
      sources.map((id) => {
        const counts = supplies.filter(({ sourceId }) => sourceId === id);
        return this.#beyond(node, counts, grant);
      }),
    );
    return beyond.length === 0 ? this.stock.held + this.stock.committed : Math.min(...beyond);
  }

  #beyond(node: StockNode, counts: readonly SupplyCount[], grant: AuditedEvent): number {
    const fresh = counts.filter((count) => isFresh(count, node, grant.occurredAt));
    const supply = node.enabled ? fresh.reduce((sum, { count }) => sum + count, 0) : 0;
    const promisable = Math.max(0, supply - this.stock.unavailable - node.safetyStock);
    // Nearly every grant fits with everything ever claimed: the exact sum is taken only where it does not.
    if (this.stock.held + this.stock.committed <= promisable) return 0;
    return this.#claimedNow(counts, grant) - promisable;
  }

  #claimedNow(counts: readonly SupplyCount[], grant: AuditedEvent): number {
    const availableOnly = counts.every(({ basis }) => basis === 'available');
    const from = availableOnly ? claimsCountFrom(this.stock) : null;
    let claimed = 0;
    for (const { quantity, grantedAt, expiresAt } of this.claims.values()) {
      const isLive = expiresAt === null || expiresAt > grant.occurredAt;
      const counted = from === null || Date.parse(grantedAt) >= Date.parse(from);
      if (isLive && counted) claimed += quantity;
    }
    return claimed;
  }

  /** The source that counted, or several where an authority was being changed. */
  #winners(moment: string): readonly string[] {
    const ids = [...new Set(this.stock.supplies.map(({ sourceId }) => sourceId))].sort();
    const ranks = ids.map((id) => this.settings.sourcesAt(id, moment).map(({ authority }) => authority));
    if (ranks.some((choices) => new Set(choices).size > 1)) return ids;
    const best = Math.max(...ranks.map(([authority = 0]) => authority));
    return ids.filter((_, index) => (ranks[index]?.[0] ?? 0) === best).slice(0, 1);
  }

  #say({ stream, version }: AuditedEvent, what: string): void {
    this.report(`${stream}: event ${version} ${what}.`);
  }
}

function isFresh({ observedAt, receivedAt }: SupplyCount, node: StockNode, moment: string): boolean {
  if (node.feedTtlSeconds === null) return true;
  const since = Math.min(Date.parse(observedAt), Date.parse(receivedAt));
  return Date.parse(moment) <= since + node.feedTtlSeconds * 1000;
}
