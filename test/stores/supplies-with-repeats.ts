import { type LastRepeat, withRepeats } from '../../src/domain/inventory/supply/freshness';
import { emptyStock } from '../../src/domain/inventory/supply/stock';
import type { SupplyEntry } from '../../src/domain/inventory/supply/supply';

/** Returns the supply of a stored stock row, with the repeated counts that are not in its log. */
export function suppliesWithRepeats(row: {
  readonly sku: string;
  readonly nodeId: string;
  readonly supplies: unknown;
  readonly repeated: unknown;
}): readonly SupplyEntry[] {
  const logged = { ...emptyStock(row.sku, row.nodeId), supplies: row.supplies as readonly SupplyEntry[] };
  return withRepeats(logged, row.repeated as readonly LastRepeat[]).supplies;
}
