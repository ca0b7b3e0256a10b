import { type Refusal, refused } from '../refusal';
import { less, unitsOf } from './line-units';
import type { Shipment, ShipmentLine } from './order';
import type { LineUnits } from './order-events';

/** The units of a shipment that a report names, and the others. */
export interface PartedLines {
  readonly taken: readonly ShipmentLine[];
  readonly left: readonly ShipmentLine[];
}

/**
 * Takes the units that a node names out of a shipment. The node may name a line that had the units before a revision,
 * because it may know no other. Units that the node can name in fewer ways go first, so that further lines of its
 * report find theirs.
 */
export function unitsUnder(
  lines: readonly ShipmentLine[],
  { lineId, quantity }: LineUnits,
): PartedLines | Refusal {
  const now = lines.filter((line) => line.lineId === lineId);
  const before = lines.filter((line) => line.lineId !== lineId && line.formerly?.includes(lineId));
  const carried = unitsOf([...now, ...before]);
  if (carried === 0) return refused('UNKNOWN_LINE', `the shipment has no line ${lineId}`);
  if (quantity > carried)
    return refused('QUANTITY_TOO_LARGE', `the shipment has ${carried} units of line ${lineId}`);
  const taken: ShipmentLine[] = [];
  let left = lines;
  for (const part of [...byNames(now), ...byNames(before)]) {
    const units = Math.min(quantity - unitsOf(taken), part.quantity);
    if (units === 0) break;
    taken.push({ ...part, quantity: units });
    left = less(left, (line) => line === part, units);
  }
  return { taken, left };
}

function byNames(lines: readonly ShipmentLine[]): readonly ShipmentLine[] {
  return [...lines].sort((one, other) => (one.formerly?.length ?? 0) - (other.formerly?.length ?? 0));
}

/** Takes the units of several lines out of a shipment. A refusal says which of the lines does not fit. */
export function unitsUnderAll(
  { lines }: Pick<Shipment, 'lines'>,
  reported: readonly LineUnits[],
): PartedLines | Refusal {
  let parted: PartedLines = { taken: [], left: lines };
  for (const [atLine, units] of reported.entries()) {
    const next = unitsUnder(parted.left, units);
    if ('kind' in next) return { ...next, atLine };
    parted = { taken: [...parted.taken, ...next.taken], left: next.left };
  }
  return parted;
}
