import type { z } from 'zod';
import type { stock } from '../../contracts/api/stock';

type Stock = z.output<typeof stock>;
type Node = Stock['nodes'][number];

const COLUMNS: readonly (readonly [heading: string, of: (node: Node) => string | number])[] = [
  ['node', ({ nodeId }) => nodeId],
  ['supply', ({ supply }) => supply ?? 'unknown'],
  ['unavailable', ({ unavailable }) => unavailable],
  ['safety stock', ({ safetyStock }) => safetyStock],
  ['held', ({ held }) => held],
  ['committed', ({ committed }) => committed],
  ['to promise', ({ atp }) => atp],
  ['supply is', ({ freshness }) => freshness],
  ['seen', ({ observedAt }) => observedAt ?? 'never'],
  ['by', ({ sourceId }) => sourceId ?? '-'],
];

/** An item's stock for a person to read: what each node has, what is taken off it, and what else there is to say. */
export function stockExplanation({ sku, nodes, atp, asOf }: Stock): string {
  const title = `${sku}: ${atp} to promise${asOf === undefined ? '' : `, as of ${asOf}`}`;
  if (nodes.length === 0) return `${title}\nNo node has reported it.`;
  return [title, '', ...tableOf(nodes), ...notesOn(nodes)].join('\n');
}

function tableOf(nodes: readonly Node[]): readonly string[] {
  const rows = [
    COLUMNS.map(([heading]) => heading),
    ...nodes.map((node) => COLUMNS.map(([, of]) => `${of(node)}`)),
  ];
  const widths = COLUMNS.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const isNumber = (cell: string) => /^-?\d+$/.test(cell);
  return rows.map((row) =>
    row
      .map((cell, at) => (isNumber(cell) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

function notesOn(nodes: readonly Node[]): readonly string[] {
  const notes = nodes.flatMap(({ nodeId, shortfall, zeroedAt, others = [] }) => [
    ...(shortfall === undefined ? [] : [`${nodeId}: ${shortfall} more are promised than there are`]),
    ...(zeroedAt === undefined
      ? []
      : [`${nodeId}: somebody found none at ${zeroedAt}, and no feed has spoken since`]),
    ...others.map(
      ({ sourceId, supply, freshness }) =>
        `${nodeId}: ${sourceId} says ${supply ?? 'nothing'} (${freshness})`,
    ),
  ]);
  return notes.length === 0 ? [] : ['', ...notes];
}
