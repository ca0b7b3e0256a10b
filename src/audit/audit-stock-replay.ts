import { never } from '../domain/decision';
import type { StockNode } from '../domain/inventory/setup/set-up';
import type { Departure } from '../domain/inventory/supply/departure';
import {
  claimsCountFrom,
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
} from '../domain/inventory/supply/stock';
import type { SupplyEntry, SupplyEvent } from '../domain/inventory/supply/supply';
import type { SettingsHistory } from './audit-settings';
import { type Claim, StockClaims } from './audit-stock-claims';
import type { AuditedEvent } from './audit-streams';

/**
 * The replay of one stock row's log. It checks every grant against the stock at its moment. It does its own
 * arithmetic, so that it shares no mistake with the code it audits.
 *
 * It detects a grant beyond supply less unavailable units, safety stock, unexpired holds and commitments (for an
 * `available` source: claims since its count), a grant from stale supply, and a grant at a disabled node. It does not
 * detect a grant that fits under a setting replaced within the seconds before it, or a wrong report from a source.
 */
export class StockReplay {
  stock: Stock;
  readonly claims = new StockClaims();
  readonly departures: Departure[] = [];
  readonly #heard = new Map<string, { counted: number; readonly movements: Map<number, number> }>();

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
    switch (event.type) {
      case 'inventory.supply-counted.v1':
      case 'inventory.supply-moved.v1':
      case 'inventory.supply-expired.v1':
        this.#hear(audited, event);
        break;
      case 'inventory.shortfall-detected.v1':
      case 'inventory.stock-refused.v1':
      case 'inventory.stock-damaged.v1':
      case 'inventory.damaged-stock-repaired.v1':
        break;
      case 'inventory.stock-held.v1':
        this.#grant(audited, { ...event.data, state: 'HELD', grantedAt: audited.occurredAt });
        break;
      case 'inventory.stock-committed.v1':
        this.#grant(audited, {
          ...event.data,
          state: 'COMMITTED',
          grantedAt: audited.occurredAt,
          expiresAt: null,
        });
        break;
      case 'inventory.held-stock-committed.v1':
        this.#say(audited, this.claims.adopt(event.data, audited.occurredAt));
        break;
      case 'inventory.held-stock-extended.v1':
        this.#say(audited, this.claims.extend(event.data, audited.occurredAt));
        break;
      case 'inventory.held-stock-released.v1':
        this.#say(audited, this.claims.end(event.data, 'HELD'));
        break;
      case 'inventory.committed-stock-released.v1':
        this.#say(audited, this.claims.end(event.data, 'COMMITTED'));
        break;
      case 'inventory.stock-consumed.v1':
        this.#say(audited, this.claims.end(event.data, 'COMMITTED'));
        this.departures.push({ ...event.data, leftAt: event.data.consumedAt });
        break;
      case 'inventory.stock-missing.v1':
        this.departures.push({ ...event.data, leftAt: event.data.missingAt });
        break;
      case 'inventory.damaged-stock-scrapped.v1': {
        const { scrappedAt, ...units } = event.data;
        this.departures.push({ ...units, grantedAt: scrappedAt, leftAt: scrappedAt });
        break;
      }
      default:
        never(event);
    }
  }

  /** Sums again, for each supply entry, the departed units that its count still contains. */
  goneByEntry(): readonly number[] {
    return this.stock.supplies.map((entry) => {
      const { sourceId, section, basis, observedAt, receivedAt } = entry;
      if (observedAt === null || receivedAt === null) return 0;
      const countedAt = Math.min(Date.parse(observedAt), Date.parse(receivedAt));
      const untold = this.departures.filter((departure) => {
        const taken = departure.sections[sourceId];
        const isHere = taken === undefined || taken === section;
        const since = basis === 'available' ? departure.grantedAt : departure.leftAt;
        return isHere && Date.parse(since) >= countedAt;
      });
      return untold.reduce((sum, { quantity }) => sum + quantity, 0);
    });
  }

  /** Sums the movements again and reports a logged sum that differs. */
  #hear(audited: AuditedEvent, event: SupplyEvent): void {
    if (event.type === 'inventory.supply-expired.v1') return;
    const { sourceId, section, sequence } = event.data;
    const key = `${sourceId}/${section ?? ''}`;
    const heard = this.#heard.get(key) ?? { counted: -1, movements: new Map<number, number>() };
    this.#heard.set(key, heard);
    if ('movement' in event.data) heard.movements.set(sequence, event.data.movement);
    else {
      if (sequence < heard.counted)
        this.#say(audited, `counts by sequence ${sequence} after ${heard.counted}`);
      heard.counted = sequence;
      for (const moved of heard.movements.keys()) if (moved <= sequence) heard.movements.delete(moved);
    }
    const sum = [...heard.movements.values()].reduce((total, movement) => total + movement, 0);
    const { moved = 0 } = event.data;
    if (sum !== moved) this.#say(audited, `says that ${moved} have moved since the count, and ${sum} have`);
  }

  #grant(event: AuditedEvent, claim: Claim): void {
    this.#say(event, this.claims.grant(claim));
    const { reservationId, quantity } = claim;
    const beyond = this.#mostBeyond(event);
    if (beyond > 0)
      this.#say(event, `is an oversell: it grants ${quantity} to ${reservationId}, ${beyond} too many`);
  }

  /** Counts the units claimed in excess after a grant, under the most permissive settings that it may have read. */
  #mostBeyond(grant: AuditedEvent): number {
    const { nodeId, supplies } = this.stock;
    const nodes = this.settings.nodesAt(nodeId, grant.occurredAt);
    const sources = this.#winners(grant.occurredAt);
    const beyond = nodes.flatMap((node) =>
      sources.map((id) => {
        const counts = supplies.filter(({ sourceId, count }) => sourceId === id && count !== null);
        return this.#beyond(node, counts, grant);
      }),
    );
    return beyond.length === 0 ? this.stock.held + this.stock.committed : Math.min(...beyond);
  }

  #beyond(node: StockNode, counts: readonly SupplyEntry[], grant: AuditedEvent): number {
    const { zeroedAt } = this.stock;
    const fresh = counts.filter(
      (entry) =>
        isFresh(entry, node, grant.occurredAt) &&
        (zeroedAt === null || Date.parse(entry.heardAt) > Date.parse(zeroedAt)),
    );
    const supply = node.enabled
      ? fresh.reduce((sum, { count, moved, gone }) => sum + (count ?? 0) + moved - gone, 0)
      : 0;
    const promisable = Math.max(0, supply - this.stock.unavailable - node.safetyStock);
    // Nearly every grant fits beside all claims, expired ones included: the exact sum is rarely needed.
    if (this.stock.held + this.stock.committed <= promisable) return 0;
    return this.#claimedNow(counts, grant) - promisable;
  }

  #claimedNow(counts: readonly SupplyEntry[], grant: AuditedEvent): number {
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

  /** Returns the winning source, or every source that has counted while an authority was being changed. */
  #winners(moment: string): readonly string[] {
    const counted = this.stock.supplies.filter(({ count }) => count !== null);
    const ids = [...new Set(counted.map(({ sourceId }) => sourceId))].sort();
    const ranks = ids.map((id) => this.settings.sourcesAt(id, moment).map(({ authority }) => authority));
    if (ranks.some((choices) => new Set(choices).size > 1)) return ids;
    const best = Math.max(...ranks.map(([authority = 0]) => authority));
    return ids.filter((_, index) => (ranks[index]?.[0] ?? 0) === best).slice(0, 1);
  }

  #say({ stream, version }: AuditedEvent, what: string | undefined): void {
    if (what !== undefined) this.report(`${stream}: event ${version} ${what}.`);
  }
}

function isFresh({ heardAt }: SupplyEntry, node: StockNode, moment: string): boolean {
  if (node.feedTtlSeconds === null) return true;
  return Date.parse(moment) <= Date.parse(heardAt) + node.feedTtlSeconds * 1000;
}
