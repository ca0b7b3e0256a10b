import { never } from '../../domain/decision';
import type { StockNode } from '../../domain/inventory/setup/set-up';
import type { Departure } from '../../domain/inventory/supply/departure';
import {
  claimsCountFrom,
  emptyStock,
  evolveStock,
  type Stock,
  type StockEvent,
} from '../../domain/inventory/supply/stock';
import type { SupplyEntry, SupplyEvent, SupplyMovement } from '../../domain/inventory/supply/supply';
import { compositeName } from '../../names/composite-name';
import type { AuditedEvent } from '../fold-streams';
import type { SettingsHistory } from './audit-settings';
import { type Claim, StockClaims } from './audit-stock-claims';

/** The messages of one place. Moments are in milliseconds since 1970, and the observation capped at its receipt. */
interface HeardPlace {
  readonly epoch: number;
  counted: number;
  countedAt: number | null;
  readonly movements: Map<number, HeardMovement>;
}

type HeardMovement = { readonly movement: number; readonly at: number };

/** A replay as JSON. */
export interface FrozenStock {
  readonly stock: Stock;
  readonly claims: readonly Claim[];
  readonly departures: readonly Departure[];
  readonly movements: Readonly<Record<string, object>>;
  readonly heard: readonly (readonly [
    place: string,
    Omit<HeardPlace, 'movements'> & { readonly movements: readonly (readonly [number, HeardMovement])[] },
  ])[];
}

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
  readonly claims: StockClaims;
  readonly departures: Departure[];
  /** The rows of the applied movements, by place, epoch and sequence. */
  readonly movements: Map<string, object>;
  readonly #heard: Map<string, HeardPlace>;

  constructor(
    sku: string,
    nodeId: string,
    private readonly settings: SettingsHistory,
    private readonly report: (sentence: string) => void,
    frozen?: FrozenStock,
  ) {
    this.stock = frozen?.stock ?? emptyStock(sku, nodeId);
    this.claims = new StockClaims(frozen?.claims);
    this.departures = [...(frozen?.departures ?? [])];
    this.movements = new Map(Object.entries(frozen?.movements ?? {}));
    const heard = frozen?.heard.map(([place, { movements, ...at }]) => {
      return [place, { ...at, movements: new Map(movements) }] as const;
    });
    this.#heard = new Map(heard);
  }

  /** Returns what is known of the row as JSON, from which another replay goes on. */
  freeze(): FrozenStock {
    return {
      stock: this.stock,
      claims: [...this.claims.values()],
      departures: this.departures,
      movements: Object.fromEntries(this.movements),
      heard: [...this.#heard].map(([place, { movements, ...at }]) => {
        return [place, { ...at, movements: [...movements] }];
      }),
    };
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
      case 'inventory.stock-refused.v1':
        this.#checkMoved(audited);
        break;
      case 'inventory.shortfall-detected.v1':
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
      case 'inventory.stock-returned.v1': {
        const { quantity, returnedAt, sections } = event.data;
        this.departures.push({ quantity: -quantity, grantedAt: returnedAt, leftAt: returnedAt, sections });
        break;
      }
      case 'inventory.damaged-stock-scrapped.v1': {
        const { scrappedAt, ...units } = event.data;
        this.departures.push({ ...units, grantedAt: scrappedAt, leftAt: scrappedAt });
        break;
      }
      default:
        never(event);
    }
  }

  /**
   * Computes `gone` of each supply entry again: the departed units that its count, or the zero of a refusal, still
   * contains, less the returned units that it does not contain yet.
   */
  goneByEntry(): readonly number[] {
    return this.stock.supplies.map((entry) => {
      const { sourceId, section, basis, observedAt, receivedAt, gone } = entry;
      const zero = this.#zeroOf(momentOf(observedAt, receivedAt));
      // Without a count no departure is subtracted; the zero of a refusal keeps its logged sum.
      if (observedAt === null || receivedAt === null) return zero === null ? 0 : gone;
      const from = zero ?? Math.min(Date.parse(observedAt), Date.parse(receivedAt));
      const untold = this.departures.filter((departure) => {
        const { sections } = departure;
        const taken = Object.hasOwn(sections, sourceId) ? sections[sourceId] : undefined;
        const isOtherForm = taken !== undefined && (taken === null) !== (section === null);
        const isAnywhere = taken === undefined || isOtherForm;
        if (departure.quantity < 0) {
          const isHere = taken === section || (isAnywhere && section !== 'floor');
          return isHere && Date.parse(departure.leftAt) > from;
        }
        const since = basis === 'available' && zero === null ? departure.grantedAt : departure.leftAt;
        return (isAnywhere || taken === section) && Date.parse(since) >= from;
      });
      return untold.reduce((sum, { quantity }) => sum + quantity, 0);
    });
  }

  /** Sums the movements again and reports a logged sum that differs. */
  #hear(audited: AuditedEvent, event: SupplyEvent): void {
    if (event.type === 'inventory.supply-expired.v1') return;
    const { sourceId, section, sequence, epoch = 0, observedAt, receivedAt } = event.data;
    const heard = this.#heardAt(compositeName(sourceId, section ?? ''), epoch);
    const at = Math.min(Date.parse(observedAt), Date.parse(receivedAt));
    if ('movement' in event.data) {
      heard.movements.set(sequence, { movement: event.data.movement, at });
      this.#keepMovement(audited, event.data);
    } else {
      if (sequence < heard.counted)
        this.#say(audited, `counts by sequence ${sequence} after ${heard.counted}`);
      heard.counted = sequence;
      heard.countedAt = at;
      for (const moved of heard.movements.keys()) if (moved <= sequence) heard.movements.delete(moved);
    }
    this.#checkMoved(audited);
  }

  #keepMovement({ causation: messageId }: AuditedEvent, movement: SupplyMovement): void {
    const { sourceId, sequence, epoch = 0 } = movement;
    const { sku, nodeId } = this.stock;
    const section = movement.section ?? '';
    const key = compositeName(sourceId, section, epoch, sequence);
    this.movements.set(key, { ...movement, sku, nodeId, section, epoch, messageId });
  }

  #heardAt(place: string, epoch: number): HeardPlace {
    const known = this.#heard.get(place);
    if (known?.epoch === epoch) return known;
    const heard = { epoch, counted: -1, countedAt: null, movements: new Map() };
    this.#heard.set(place, heard);
    return heard;
  }

  /** Sums the movements of every entry again and reports a sum that differs. */
  #checkMoved(audited: AuditedEvent): void {
    for (const { sourceId, section, moved } of this.stock.supplies) {
      const { countedAt, movements } =
        this.#heard.get(compositeName(sourceId, section ?? '')) ?? NOTHING_HEARD;
      const zero = this.#zeroOf(countedAt);
      let sum = 0;
      for (const { movement, at } of movements.values()) if (zero === null || at > zero) sum += movement;
      if (sum !== moved) this.#say(audited, `leaves ${moved} as moved since the count, and ${sum} have`);
    }
  }

  /** Returns the moment of the refusal that set a place to zero, unless it was counted later. */
  #zeroOf(countedAt: number | null): number | null {
    const zeroedAt = this.stock.zeroedAt === null ? null : Date.parse(this.stock.zeroedAt);
    return zeroedAt !== null && (countedAt === null || countedAt <= zeroedAt) ? zeroedAt : null;
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
        const known = supplies.filter((entry) => entry.count !== null || this.#isZeroed(entry));
        const counts = known.filter(({ sourceId }) => sourceId === id);
        return this.#beyond(node, counts, grant);
      }),
    );
    return beyond.length === 0 ? this.stock.held + this.stock.committed : Math.min(...beyond);
  }

  #beyond(node: StockNode, counts: readonly SupplyEntry[], grant: AuditedEvent): number {
    const fresh = node.enabled ? counts.filter((entry) => isFresh(entry, node, grant.occurredAt)) : [];
    const supply = fresh.reduce((sum, entry) => {
      const base = this.#isZeroed(entry) ? 0 : (entry.count ?? 0);
      return sum + base + entry.moved - entry.gone;
    }, 0);
    const promisable = Math.max(0, supply - this.stock.unavailable - node.safetyStock);
    // Nearly every grant fits beside all claims, expired ones included: the exact sum is rarely needed.
    if (this.stock.held + this.stock.committed <= promisable) return 0;
    return this.#claimedNow(counts, grant) - promisable;
  }

  #claimedNow(counts: readonly SupplyEntry[], grant: AuditedEvent): number {
    const availableOnly = counts.every((entry) => entry.basis === 'available' && !this.#isZeroed(entry));
    const from = availableOnly ? claimsCountFrom(this.stock) : null;
    let claimed = 0;
    for (const { quantity, grantedAt, expiresAt } of this.claims.values()) {
      const isUnexpired = expiresAt === null || expiresAt > grant.occurredAt;
      const counted = from === null || Date.parse(grantedAt) >= Date.parse(from);
      if (isUnexpired && counted) claimed += quantity;
    }
    return claimed;
  }

  #isZeroed({ observedAt, receivedAt }: SupplyEntry): boolean {
    return this.#zeroOf(momentOf(observedAt, receivedAt)) !== null;
  }

  /**
   * Returns the winning source among those that have counted and are assigned to the node, or every one of them while
   * an authority or an assignment was being changed.
   */
  #winners(moment: string): readonly string[] {
    const { nodeId, supplies } = this.stock;
    const ranks = supplies
      .filter(({ count }) => count !== null)
      .map(({ sourceId, epoch }) => {
        const versions = this.settings.sourcesAt(sourceId, moment);
        const authorities = versions.map(({ authority, nodes, forms }) =>
          nodes.includes(nodeId) && (forms[nodeId]?.epoch ?? 0) === epoch ? authority : null,
        );
        return { sourceId, authorities: [...new Set(authorities)] };
      })
      .filter(({ authorities }) => authorities.some((authority) => authority !== null));
    const ids = [...new Set(ranks.map(({ sourceId }) => sourceId))].sort();
    if (ranks.some(({ authorities }) => authorities.length > 1)) return ids;
    const rankOf = (id: string) => ranks.find(({ sourceId }) => sourceId === id)?.authorities[0] ?? 0;
    const best = Math.max(...ids.map(rankOf));
    return ids.filter((id) => rankOf(id) === best).slice(0, 1);
  }

  #say({ stream, version }: AuditedEvent, what: string | undefined): void {
    if (what !== undefined) this.report(`${stream}: event ${version} ${what}.`);
  }
}

const NOTHING_HEARD = { countedAt: null, movements: new Map<number, never>() };

function momentOf(observedAt: string | null, receivedAt: string | null): number | null {
  return observedAt === null || receivedAt === null
    ? null
    : Math.min(Date.parse(observedAt), Date.parse(receivedAt));
}

function isFresh({ heardAt }: SupplyEntry, node: StockNode, moment: string): boolean {
  if (node.feedTtlSeconds === null) return true;
  return Date.parse(moment) <= Date.parse(heardAt) + node.feedTtlSeconds * 1000;
}
