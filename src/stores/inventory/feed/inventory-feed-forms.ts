import { sqltag as sql } from '@prisma/client/runtime/client';
import type { AssignedSources, SetUpEvent, Source, StockNode } from '../../../domain/inventory/setup/set-up';
import { type Forms, formAt, formOfRow, type SupplyForm } from '../../../domain/inventory/setup/supply-form';
import type { FeedRejection } from '../../../domain/inventory/supply/supply-feed';
import type { Cause, OpenStream, PendingLog } from '../../log/event-log';
import type { StepSession } from '../../postgres/store-session';
import { assignedSources } from '../availability/stock-facts';
import type { FeedRow } from './inventory-feed-rows';

/** A node of a portion: the sources that count there, and the form in which the portion's source reports it. */
export interface ReportedNode {
  readonly kind: StockNode['kind'];
  readonly sources: AssignedSources;
  readonly form: SupplyForm | null;
  readonly ttlSeconds: number | null;
}

type Nodes = Readonly<Record<string, ReportedNode>>;

/** The source of a portion, locked because the portion may fix a form. */
export interface SourceRow {
  readonly source: Source;
  readonly version: number;
}

type SourceStream = OpenStream<Source, SetUpEvent>;
type Rejected = { readonly reason: FeedRejection; readonly detail?: string };

/**
 * The forms in which a source reports the nodes of a portion. The first applied row fixes the form of a store. That is
 * an event of the source, as a declaration is. At other nodes there is one form only, and nothing to fix.
 */
export class PortionForms {
  constructor(
    private readonly sourceId: string,
    private readonly nodes: Nodes,
    private readonly unfixed: SourceStream | undefined,
  ) {}

  /** Returns the form of a row, or why the source may not send it. */
  of({ nodeId, section }: FeedRow): SupplyForm | Rejected {
    const node = this.#at(nodeId);
    if (!node) return { reason: 'UNKNOWN_NODE' };
    if (!Object.hasOwn(node.sources, this.sourceId)) return { reason: 'NODE_NOT_OF_SOURCE' };
    const form = formOfRow(this.#formsAt(nodeId), { id: nodeId, kind: node.kind }, section);
    if (typeof form !== 'string') return form;
    if (form === 'NODE_WITHOUT_SECTIONS')
      return { reason: form, detail: `section: ${nodeId} is a ${node.kind}, and only stores have sections` };
    const known = section === null ? 'by sections' : 'as a whole';
    return { reason: form, detail: `section: ${this.sourceId} reports ${nodeId} ${known}` };
  }

  /** Fixes the form of a store by a row that was applied. */
  fix(nodeId: string, form: SupplyForm, cause: Cause): void {
    const { unfixed } = this;
    if (!unfixed || this.#at(nodeId)?.kind !== 'store' || formAt(unfixed.state.forms, nodeId)) return;
    const data = { ...unfixed.state, forms: { ...unfixed.state.forms, [nodeId]: form } };
    unfixed.append({ type: 'inventory.source-set.v1', data }, cause);
  }

  /** Returns the sources that count at a node, as the rows so far have left them. */
  sourcesAt(nodeId: string): AssignedSources {
    const sources = this.#at(nodeId)?.sources ?? {};
    const own = sources[this.sourceId];
    if (!this.unfixed || !own) return sources;
    const epoch = formAt(this.unfixed.state.forms, nodeId)?.epoch ?? 0;
    return { ...sources, [this.sourceId]: { ...own, epoch } };
  }

  /** Returns the time-to-live of supply at a node, in seconds; null: it does not expire. */
  ttlAt(nodeId: string): number | null {
    return this.#at(nodeId)?.ttlSeconds ?? null;
  }

  /** Saves the forms that the portion has fixed. */
  save(session: StepSession): void {
    if (!this.unfixed?.isTouched) return;
    const { state, version } = this.unfixed;
    session.save(sql`
      UPDATE source SET forms = ${JSON.stringify(state.forms)}::jsonb, stream_version = ${version}
      WHERE id = ${this.sourceId}`);
  }

  #at(nodeId: string): ReportedNode | undefined {
    return Object.hasOwn(this.nodes, nodeId) ? this.nodes[nodeId] : undefined;
  }

  #formsAt(nodeId: string): Forms {
    if (this.unfixed) return this.unfixed.state.forms;
    const form = this.#at(nodeId)?.form;
    return form ? { [nodeId]: form } : {};
  }
}

/** Builds the column of a load with the nodes of a portion. The statement must have the source as `own`. */
export function nodesColumn(nodeIds: readonly string[]) {
  return sql`
    (SELECT coalesce(json_object_agg(id, json_build_object('kind', kind, 'sources', ${assignedSources(sql`node.id`)},
       'form', (SELECT forms->node.id FROM own), 'ttlSeconds', feed_ttl_seconds)), '{}')
     FROM node WHERE id = ANY(${[...nodeIds]}))`;
}

/**
 * Locks and loads the source where it reports a store whose form is not fixed; else returns undefined. Its lock is the
 * last that a portion takes.
 */
export async function lockUnfixed(
  session: StepSession,
  sourceId: string,
  nodes: Nodes,
): Promise<SourceRow | undefined> {
  const isUnfixed = ({ kind, form, sources }: ReportedNode) =>
    kind === 'store' && form === null && Object.hasOwn(sources, sourceId);
  if (!Object.values(nodes).some(isUnfixed)) return undefined;
  const [row] = await session.$queryRaw<SourceRow[]>`
    SELECT json_build_object('id', id, 'name', name, 'basis', basis, 'authority', authority, 'nodes', nodes,
      'forms', forms) AS source, stream_version AS version
    FROM source WHERE id = ${sourceId} FOR UPDATE`;
  return row;
}

export function openSource(log: PendingLog, { source, version }: SourceRow): SourceStream {
  return log.open<Source, SetUpEvent>(
    { kind: 'source', id: source.id },
    { state: source, version },
    (_, { data }) => data as Source,
  );
}

/** Returns the epoch of a source's form at a node. */
export function epochOf(nodeId: string, nodes: Nodes, unfixed: SourceRow | undefined): number {
  if (unfixed) return formAt(unfixed.source.forms, nodeId)?.epoch ?? 0;
  return (Object.hasOwn(nodes, nodeId) && nodes[nodeId]?.form?.epoch) || 0;
}
