import type { z } from 'zod';
import type { stock } from '../../contracts/api/stock';
import type { RunningApi } from './running-api';
import { type Column, tableOf } from './table';
import type { CommandAnswer, CommandOptions } from './typed-command';
import { UsageError } from './usage-error';

type Stock = z.output<typeof stock>;
type Node = Stock['nodes'][number];

const COLUMNS: readonly Column<Node>[] = [
  ['node', ({ nodeId }) => nodeId],
  ['supply', ({ supply }) => supply ?? 'unknown'],
  ['unavailable', ({ unavailable }) => unavailable],
  ['safety stock', ({ safetyStock }) => safetyStock],
  ['held', ({ held }) => held],
  ['committed', ({ committed }) => committed],
  ['to promise', ({ atp }) => atp],
  ['freshness', ({ freshness }) => freshness],
  ['observed', ({ observedAt }) => observedAt ?? 'never'],
  ['source', ({ sourceId }) => sourceId ?? '-'],
];

/** Explains an item's stock, now or as of a moment. */
export async function explainStock(
  api: RunningApi,
  [sku = '']: readonly string[],
  { 'as-of': asOf }: CommandOptions,
): Promise<CommandAnswer> {
  const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(momentOf(asOf))}`;
  const answer = await api.get(`/v1/stock/${encodeURIComponent(sku)}${query}`);
  return { answer, text: stockExplanation(answer as Stock) };
}

function momentOf(text: string): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime()))
    throw new UsageError(`${text} is not a moment: give one such as 2026-11-22T16:00:00Z`);
  return moment.toISOString();
}

/** Formats an item's stock as text: the terms of each node, then notes. */
function stockExplanation({ sku, nodes, atp, asOf }: Stock): string {
  const title = `${sku}: ${atp} to promise${asOf === undefined ? '' : `, as of ${asOf}`}`;
  if (nodes.length === 0) return `${title}\nNo source has reported this item.`;
  return [title, '', ...tableOf(COLUMNS, nodes), ...notesOn(nodes)].join('\n');
}

function notesOn(nodes: readonly Node[]): readonly string[] {
  const notes = nodes.flatMap(({ nodeId, shortfall, zeroedAt, sections = [], others = [] }) => [
    ...(shortfall === undefined
      ? []
      : [`${nodeId}: shortfall of ${shortfall} units: they are committed or have departed beyond supply`]),
    ...(zeroedAt === undefined
      ? []
      : [`${nodeId}: it found none at ${zeroedAt}, and has not been counted since`]),
    ...sections.map(
      ({ section, supply, observedAt }) => `${nodeId}: ${supply} in its ${section}, seen ${observedAt}`,
    ),
    ...others.map(
      ({ sourceId, supply, freshness }) =>
        `${nodeId}: source ${sourceId} reports ${supply ?? 'unknown'} (${freshness})`,
    ),
  ]);
  return notes.length === 0 ? [] : ['', ...notes];
}
