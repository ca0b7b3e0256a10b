import type { Demand } from '../../domain/inventory/limits/demand';
import type { Buyer, EligibilityRule } from '../../domain/inventory/limits/eligibility';
import type { CapClaim, SalesCap } from '../../domain/inventory/limits/sales-cap';
import type { Item } from '../../domain/inventory/setup/set-up';
import { type StreamKey, streamOf } from '../../names/stream-key';
import { type StoreSession, TRANSACTION_TIMEOUT_MS } from '../../stores/postgres/store-session';
import { groupedBy } from '../audit-streams';

/** A cap or rule as set at one moment, in milliseconds since 1970. A null `limit`: it was removed. */
interface Version<Limit> {
  readonly at: number;
  readonly limit: Limit | null;
}

/** The versions of limits, by id. */
type History<Limit> = ReadonlyMap<string, readonly Version<Limit>[]>;

type LimitKey = Extract<StreamKey, { readonly id: string }>;

interface LimitRow {
  readonly key: LimitKey;
  readonly limit: SalesCap | EligibilityRule | null;
  readonly at: number;
}

interface ItemRow extends Version<Item> {
  readonly key: Extract<StreamKey, { readonly kind: 'item' | 'backorder' }>;
}

/** The units that a reservation was granted at one moment, and its buyer. */
export interface Granted {
  readonly buyer: Buyer;
  readonly lines: readonly Demand[];
  readonly places: readonly { readonly sku: string; readonly nodeId: string }[];
  readonly caps: readonly CapClaim[];
  readonly at: string;
}

/**
 * The history of caps and rules, for checking grants. A grant may miss a limit that is set while it is decided, so a
 * limit counts only when it has been in force for longer than a transaction may take.
 */
export class LimitsHistory {
  readonly #caps: History<SalesCap>;
  readonly #rules: History<EligibilityRule>;
  /** Items, when a rule names a tag. */
  readonly #items: History<Item>;
  readonly #capsOfSku: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(rows: readonly LimitRow[], items: readonly ItemRow[]) {
    this.#caps = historyOf('cap', rows) as History<SalesCap>;
    this.#rules = historyOf('rule', rows) as History<EligibilityRule>;
    this.#items = groupedBy(items, ({ key }) => key.sku);
    this.#capsOfSku = capsBySku(this.#caps);
  }

  /**
   * Lists the caps that a grant should have claimed and the rules that it breaks, each as the predicate of a
   * sentence.
   */
  faultsOf(granted: Granted): readonly string[] {
    return [...this.#capsMissed(granted), ...this.#rulesBroken(granted)];
  }

  #capsMissed({ lines, buyer, caps, at }: Granted): readonly string[] {
    const moment = Date.parse(at);
    const about = new Set(lines.flatMap(({ sku }) => [...(this.#capsOfSku.get(sku) ?? [])]));
    const shares = new Set(caps.map(({ capId }) => capId));
    const missed = [...about].filter((id) => {
      if (shares.has(id)) return false;
      const inForce = versionsAt(this.#caps.get(id) ?? [], moment);
      return inForce.length > 0 && inForce.every((cap) => cap && limits(cap, lines, buyer, moment));
    });
    return missed.map((id) => `takes no share of ${streamOf({ kind: 'cap', id })}`);
  }

  #rulesBroken({ places, buyer, at }: Granted): readonly string[] {
    const moment = Date.parse(at);
    return [...this.#rules].flatMap(([id, versions]) => {
      const inForce = versionsAt(versions, moment);
      if (inForce.length === 0) return [];
      const denied = places.find((place) =>
        inForce.every((rule) => rule && this.#denies(rule, { ...place, ...buyer }, moment)),
      );
      const rule = streamOf({ kind: 'rule', id });
      return denied ? [`gets ${denied.sku} from ${denied.nodeId}, which ${rule} denies`] : [];
    });
  }

  /**
   * Returns true when a rule denies a grant. A rule on a tag denies it only if every version of the item that may have
   * been in force has the tag.
   */
  #denies(
    { deny: { itemTag, ...deny } }: EligibilityRule,
    asked: Buyer & Granted['places'][number],
    moment: number,
  ): boolean {
    const isTagged = () => {
      const items = versionsAt(this.#items.get(asked.sku) ?? [], moment);
      return items.length > 0 && items.every((item) => item?.tags.includes(itemTag ?? ''));
    };
    const fields: Readonly<Record<string, unknown>> = { ...asked };
    return (
      Object.entries(deny).every(([field, named]) => named === null || named === fields[field]) &&
      (itemTag === null || isTagged())
    );
  }
}

function historyOf(kind: LimitKey['kind'], rows: readonly LimitRow[]) {
  return groupedBy(
    rows.filter(({ key }) => key.kind === kind),
    ({ key }) => key.id,
  );
}

/** Returns all versions that may have been in force at a moment; none when the limit may not have existed then. */
function versionsAt<Limit>(versions: readonly Version<Limit>[], moment: number): readonly (Limit | null)[] {
  const known = versions.filter(({ at }) => at <= moment);
  const settled = known.findLastIndex(({ at }) => at <= moment - TRANSACTION_TIMEOUT_MS);
  return settled < 0 ? [] : known.slice(settled).map(({ limit }) => limit);
}

function limits(cap: SalesCap, lines: readonly Demand[], buyer: Buyer, moment: number): boolean {
  return (
    lines.some(({ sku }) => cap.skus.includes(sku)) &&
    Date.parse(cap.start) <= moment &&
    moment < Date.parse(cap.end) &&
    (cap.channel ?? buyer.channel) === buyer.channel &&
    (cap.customerId ?? buyer.customerId) === buyer.customerId
  );
}

function capsBySku(caps: History<SalesCap>): ReadonlyMap<string, ReadonlySet<string>> {
  const bySku = new Map<string, Set<string>>();
  for (const [id, versions] of caps)
    for (const sku of versions.flatMap(({ limit }) => limit?.skus ?? []))
      bySku.set(sku, (bySku.get(sku) ?? new Set()).add(id));
  return bySku;
}

/** Loads the history of caps and rules without their claims. People set them, so the history fits in memory. */
export async function loadLimits(session: StoreSession): Promise<LimitsHistory> {
  const caps = await session.$queryRaw<{ id: string }[]>`SELECT id FROM sales_cap`;
  const rules = await session.$queryRaw<{ id: string }[]>`SELECT id FROM eligibility_rule`;
  const streams = {
    caps: caps.map(({ id }) => streamOf({ kind: 'cap', id })),
    rules: rules.map(({ id }) => streamOf({ kind: 'rule', id })),
  };
  const rows = await session.$queryRaw<LimitRow[]>`
    SELECT key, (extract(epoch FROM occurred_at) * 1000)::float8 AS at,
      CASE WHEN type IN ('inventory.cap-set.v1', 'inventory.eligibility-rule-set.v1') THEN data END AS "limit"
    FROM event
    WHERE type IN ('inventory.cap-set.v1', 'inventory.cap-removed.v1')
        AND stream = ANY(${streams.caps}::text[])
      OR stream = ANY(${streams.rules}::text[])
    ORDER BY stream, version`;
  return new LimitsHistory(rows, rows.some(namesTag) ? await loadItems(session) : []);
}

function namesTag({ limit }: LimitRow): boolean {
  return limit !== null && 'deny' in limit && limit.deny.itemTag !== null;
}

async function loadItems(session: StoreSession): Promise<readonly ItemRow[]> {
  return session.$queryRaw`
    SELECT key, (extract(epoch FROM occurred_at) * 1000)::float8 AS at,
      CASE WHEN type = 'inventory.item-set.v1' THEN data END AS "limit"
    FROM event WHERE type IN ('inventory.item-set.v1', 'inventory.item-removed.v1') ORDER BY stream, version`;
}
