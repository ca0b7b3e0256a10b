/**
 * A node that refused an item to an order. Searches leave it out until a later observation is applied there or, after a
 * refusal that says nothing of its stock, until `retryAt`.
 */
export interface Exclusion {
  readonly nodeId: string;
  readonly reason: string;
  /** The moment of the newest refusal. */
  readonly refusedAt: string;
  /** The node's refusals of this item to this order so far. */
  readonly refusals: number;
  /** The moment from which the node is asked again; null: it is asked again after a later observation. */
  readonly retryAt: string | null;
  /** True when the log says that `retryAt` has passed. Searches use the clock and do not wait for the log. */
  readonly isOver: boolean;
}

/** An exclusion with its item. */
export type ItemExclusion = Exclusion & { readonly sku: string };

/** A node's refusal of some items. */
export interface Refusal {
  readonly nodeId: string;
  readonly skus: readonly string[];
  readonly reason: string;
  /** RFC 3339. */
  readonly refusedAt: string;
  /** How long a node is left out after a first refusal that says nothing of its stock, in seconds. */
  readonly retrySeconds: number;
}

/**
 * The moments of the last message about an item at a node, of the last repair or return, and of the node's last
 * setting.
 */
interface KnownPlace {
  readonly node: { readonly setAt?: string };
  readonly stock: {
    readonly supplies: readonly { readonly heardAt: string }[];
    readonly restoredAt: string | null;
  };
}

/** Reasons that say nothing of a node's stock, so that no message about its stock need follow. */
const SAYS_NOTHING = ['NO_CAPACITY', 'NO_RESPONSE', 'UNREACHABLE'];

/** Doubling ends here: a node is asked again after a year at the latest. */
const LONGEST_SECONDS = 366 * 86_400;

/** Adds a refusal to a reservation's exclusions. The time doubles with each further refusal by the same node. */
export function withRefusal(
  exclusions: readonly ItemExclusion[],
  { nodeId, skus, reason, refusedAt, retrySeconds }: Refusal,
): readonly ItemExclusion[] {
  const isHere = (one: ItemExclusion) => one.nodeId === nodeId && skus.includes(one.sku);
  const added = skus.map((sku) => {
    const known = exclusions.find((one) => one.nodeId === nodeId && one.sku === sku);
    const refusals = (known?.refusals ?? 0) + 1;
    const seconds = Math.min(LONGEST_SECONDS, retrySeconds * 2 ** (refusals - 1));
    const timed = SAYS_NOTHING.includes(reason)
      ? new Date(Date.parse(refusedAt) + seconds * 1_000).toISOString()
      : null;
    const retryAt = laterMoment(timed, known && !known.isOver ? known.retryAt : null);
    return { sku, nodeId, reason, refusedAt, refusals, retryAt, isOver: false };
  });
  return [...exclusions.filter((one) => !isHere(one)), ...added];
}

function laterMoment(left: string | null, right: string | null): string | null {
  if (left === null || right === null) return left ?? right;
  return Date.parse(left) >= Date.parse(right) ? left : right;
}

/**
 * Returns true while an exclusion closes its node. A message about the stock ends it, except after several refusals of
 * which the last said nothing of the stock: then only time does. `now` is the database's clock.
 */
export function isExcluded(
  { refusedAt, refusals, retryAt, isOver }: Exclusion,
  here: KnownPlace,
  now: string,
): boolean {
  if (isOver || (retryAt !== null && Date.parse(now) >= Date.parse(retryAt))) return false;
  return (retryAt !== null && refusals > 1) || !hasNewsSince(here, refusedAt);
}

/** Returns the nodes that the exclusions of an item close. `now` is the database's clock. */
export function closedBy(
  exclusions: readonly Exclusion[],
  places: readonly (KnownPlace & { readonly node: { readonly id: string } })[],
  now: string,
): ReadonlySet<string> {
  const closing = exclusions.filter((one) =>
    places.some((here) => here.node.id === one.nodeId && isExcluded(one, here, now)),
  );
  return new Set(closing.map(({ nodeId }) => nodeId));
}

/** Returns true when a count, a movement, a repair, a return or a setting after a moment is applied at a node. */
function hasNewsSince({ node, stock }: KnownPlace, moment: string): boolean {
  const heard = stock.supplies.map(({ heardAt }) => heardAt);
  return [...heard, stock.restoredAt, node.setAt ?? null].some(
    (at) => at !== null && Date.parse(at) > Date.parse(moment),
  );
}

/** Marks the exclusions whose time has passed; undefined when no time has passed. */
export function endedBy(
  exclusions: readonly ItemExclusion[],
  now: string,
): readonly ItemExclusion[] | undefined {
  const isDue = ({ isOver, retryAt }: Exclusion) =>
    !isOver && retryAt !== null && Date.parse(retryAt) <= Date.parse(now);
  if (!exclusions.some(isDue)) return undefined;
  return exclusions.map((one) => (isDue(one) ? { ...one, isOver: true } : one));
}

/** Returns the moment at which the next exclusion ends by time; null: none does. */
export function nextRetry(exclusions: readonly Exclusion[]): string | null {
  const moments = exclusions.flatMap(({ isOver, retryAt }) => (isOver || retryAt === null ? [] : [retryAt]));
  return moments.length === 0 ? null : moments.reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b));
}
