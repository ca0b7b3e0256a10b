import type { StockNode } from '../../api/answers';
import { Ago, Pill, Reason } from '../../parts/facts';
import { Scrolls } from '../../parts/scrolls';
import { type Column, Table } from '../../parts/table';

interface Excluded {
  readonly nodeId: string;
  readonly reason: string;
}

const FRESHNESS_TONES = { fresh: 'good', expired: 'bad', unknown: 'warn' } as const;

const COLUMNS = [
  ['supply', 'Supply'],
  ['held', 'Held'],
  ['committed', 'Committed'],
  ['unavailable', 'Damaged'],
  ['safetyStock', 'Safety'],
] as const;

/** Every term of an item at each node, and why a node does not count. */
export function NodeTerms({
  nodes,
  excluded = [],
}: {
  nodes: readonly StockNode[];
  excluded?: readonly Excluded[];
}) {
  if (nodes.length === 0) return <p class="empty">No node has ever reported this item.</p>;
  const reasonAt = new Map(excluded.map(({ nodeId, reason }) => [nodeId, reason]));
  return (
    <Scrolls label="Terms by node">
      <Table
        caption="Supply less holds, commitments and safety stock, by node"
        columns={[
          'Node',
          ['Can promise', 'number'],
          ...COLUMNS.map(([, name]): Column => [name, 'number']),
          'Last heard',
        ]}
      >
        {nodes.map((node) => (
          <TermsOfNode key={node.nodeId} node={node} reason={reasonAt.get(node.nodeId)} />
        ))}
      </Table>
    </Scrolls>
  );
}

function TermsOfNode({ node, reason }: { node: StockNode; reason: string | undefined }) {
  const { nodeId, atp, queued, shortfall, freshness, observedAt, sections = [], zeroedAt } = node;
  return (
    <tr>
      <td>
        {nodeId}
        {reason && (
          <div class="small">
            <Pill tone="bad">
              not used: <Reason code={reason} />
            </Pill>
          </div>
        )}
        {sections.length > 0 && (
          <div class="small quiet">
            {sections.map(({ section, supply }) => `${section} ${supply}`).join(', ')}
          </div>
        )}
        {queued !== undefined && <div class="small quiet">{queued} for the queue</div>}
        {shortfall !== undefined && <div class="small">short by {shortfall}</div>}
        {zeroedAt && <div class="small quiet">empty by its own report</div>}
      </td>
      <td class="number strong">{atp}</td>
      {COLUMNS.map(([field]) => (
        <td key={field} class={node[field] === 0 ? 'number quiet' : 'number'}>
          {node[field] ?? '–'}
        </td>
      ))}
      <td>
        <Pill tone={FRESHNESS_TONES[freshness]}>{freshness}</Pill>
        {observedAt && (
          <div class="small quiet">
            <Ago moment={observedAt} />
          </div>
        )}
      </td>
    </tr>
  );
}
