import type { z } from 'zod';
import type { rejectInsight, rejectsQuery } from '../../contracts/api/insights';
import { addedUp, rankedRates, rejectRate, total, underKeys } from '../../domain/insights/reject-rates';
import { sourcesOfNodes } from '../../stores/inventory/insight-reads';
import { type Days, sumsByDay, sumsByKey } from '../../stores/log/insight-counts';
import type { Stores } from '../../stores/stores';

type Query = Omit<z.output<typeof rejectsQuery>, keyof Days> & Days;
type Rates = Omit<z.output<typeof rejectInsight>, keyof Days>;
type Logs = Pick<Stores['logs'], 'orders' | 'inventory'>;
type Sums = ReadonlyMap<string, number>;

/**
 * Reads promised and rejected units of a range of days. Promises are counted in the inventory's log; units are rejected by
 * partners there, and by nodes in the orders' log.
 */
export async function readRejects(logs: Logs, { by, key, limit, from, to }: Query): Promise<Rates> {
  const sources = by === 'source' ? await sourcesOfNodes(logs.inventory) : new Map<string, string>();
  const dimension = by === 'source' ? 'node' : by;
  const rejects = { measure: 'rejected', dimension, from, to } as const;
  // A promise has no reason: it counts for every one of them.
  const promises = {
    measure: 'promised',
    dimension: dimension === 'reason' ? 'node' : dimension,
    from,
    to,
  } as const;
  const keys = keysOf(by, key, sources);
  const [promised, refused, returned, promisedByDay, ...rejectedByDay] = await Promise.all([
    sumsByKey(logs.inventory, promises),
    sumsByKey(logs.inventory, rejects),
    sumsByKey(logs.orders, rejects),
    sumsByDay(logs.inventory, promises, by === 'reason' ? null : keys),
    sumsByDay(logs.inventory, rejects, keys),
    sumsByDay(logs.orders, rejects, keys),
  ]);
  const rejectedDaily = addedUp(...rejectedByDay);
  const items = rankedBy(by, { promised, rejected: addedUp(refused, returned), sources });
  return {
    by,
    ...rejectRate(total(promisedByDay), total(rejectedDaily)),
    items: items.filter((one) => key === undefined || one.key === key).slice(0, limit),
    days: rankedRates(promisedByDay, rejectedDaily)
      .map(({ key: day, ...rates }) => ({ day, ...rates }))
      .sort((a, b) => (a.day < b.day ? -1 : 1)),
  };
}

/** Returns the keys of the counts that a key of the query selects; null: all. */
function keysOf(by: Query['by'], key: string | undefined, sources: ReadonlyMap<string, string>) {
  if (key === undefined) return null;
  if (by !== 'source') return [key];
  return [...sources].filter(([, id]) => id === key).map(([nodeId]) => nodeId);
}

interface Counts {
  readonly promised: Sums;
  readonly rejected: Sums;
  readonly sources: ReadonlyMap<string, string>;
}

function rankedBy(by: Query['by'], { promised, rejected, sources }: Counts): ReturnType<typeof rankedRates> {
  switch (by) {
    case 'node':
    case 'sku':
      return rankedRates(promised, rejected);
    case 'source': {
      const sourceOf = (nodeId: string) => sources.get(nodeId);
      return rankedRates(underKeys(promised, sourceOf), underKeys(rejected, sourceOf));
    }
    case 'reason': {
      const all = total(promised);
      return rankedRates(new Map(), rejected).map((one) => ({
        key: one.key,
        ...rejectRate(all, one.rejected),
      }));
    }
  }
}
