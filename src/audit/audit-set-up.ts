import type { EligibilityRuleEvent } from '../domain/inventory/limits/eligibility';
import { evolveRule, type RuleState } from '../domain/inventory/limits/set-limits';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';
import { type AuditedEvent, type EndedStream, StreamAudit } from './audit-streams';

type Fold = object | undefined;
type Load = (
  session: StoreSession,
  ids: readonly string[],
) => Promise<readonly { id: string; row: object }[]>;

/** Replaces the fold: each event of a node, a source or an item contains its whole new content. */
const replaceWhole = (_fold: Fold, { data }: AuditedEvent): Fold => data;

const changeRule = (fold: Fold, { type, data }: AuditedEvent): Fold =>
  evolveRule(fold as RuleState | undefined, { type, data } as EligibilityRuleEvent);

/** Checks that every row of one kind (node, source, item or eligibility rule) equals the fold of its log. */
class SetUpAudit extends StreamAudit<Fold> {
  constructor(
    readonly kind: string,
    private readonly session: StoreSession,
    findings: Findings,
    private readonly load: Load,
    private readonly change = replaceWhole,
  ) {
    super(findings);
  }

  protected open(): Fold {
    return undefined;
  }

  protected evolve(fold: Fold, _key: string, event: AuditedEvent): Fold {
    return this.change(fold, event);
  }

  protected async compare(ended: readonly EndedStream<Fold>[]): Promise<void> {
    const rows = await this.load(
      this.session,
      ended.map(({ key }) => key),
    );
    const byId = new Map(rows.map(({ id, row }) => [id, row]));
    for (const { key, version, fold } of ended)
      this.match(`${this.kind}/${key}`, byId.get(key), fold && { ...fold, version });
  }
}

export function setUpAudits(session: StoreSession, findings: Findings): readonly StreamAudit<Fold>[] {
  return [
    new SetUpAudit('node', session, findings, loadNodes),
    new SetUpAudit('source', session, findings, loadSources),
    new SetUpAudit('item', session, findings, loadItems),
    new SetUpAudit('rule', session, findings, loadRules, changeRule),
  ];
}

const loadNodes: Load = (session, ids) => session.$queryRaw`
  SELECT id, json_build_object('id', id, 'name', name, 'kind', kind, 'region', region, 'priority', priority,
    'enabled', enabled, 'safetyStock', safety_stock, 'feedTtlSeconds', feed_ttl_seconds,
    'version', stream_version) AS row
  FROM node WHERE id = ANY(${[...ids]})`;

const loadSources: Load = (session, ids) => session.$queryRaw`
  SELECT id, json_build_object('id', id, 'name', name, 'basis', basis, 'authority', authority, 'nodes', nodes,
    'version', stream_version) AS row
  FROM source WHERE id = ANY(${[...ids]})`;

const loadItems: Load = (session, ids) => session.$queryRaw`
  SELECT sku AS id, json_build_object('sku', sku, 'name', name, 'backorder', backorder,
    'perOrderMax', per_order_max, 'version', stream_version) AS row
  FROM item WHERE sku = ANY(${[...ids]})`;

const loadRules: Load = (session, ids) => session.$queryRaw`
  SELECT id, json_build_object('isActive', is_active, 'version', stream_version,
    'rule', json_build_object('id', id, 'reason', reason,
      'deny', json_build_object('sku', sku, 'nodeId', node_id, 'region', region, 'channel', channel))) AS row
  FROM eligibility_rule WHERE id = ANY(${[...ids]})`;
