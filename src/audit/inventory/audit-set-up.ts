import type { EligibilityRuleEvent } from '../../domain/inventory/limits/eligibility';
import { evolveRule, type RuleState } from '../../domain/inventory/limits/set-limits';
import { isRemoval } from '../../domain/removal';
import type { RowRule } from '../audit-streams';
import type { AuditedEvent } from '../fold-streams';

type Fold = object | undefined;

/** Replaces the fold: each event of a node, a source or an item contains its whole new content, or removes it. */
const replaceWhole = (_fold: Fold, _key: string, event: AuditedEvent): Fold =>
  isRemoval(event) ? undefined : event.data;

/** A node's row also has the moment of its last setting. */
const setNode = (_fold: Fold, _key: string, event: AuditedEvent): Fold =>
  isRemoval(event) ? undefined : { ...event.data, setAt: event.occurredAt };

const changeRule = (fold: Fold, _key: string, { type, data }: AuditedEvent): Fold =>
  evolveRule(fold as RuleState | undefined, { type, data } as EligibilityRuleEvent);

function setUpRule(
  kind: RowRule<Fold>['kind'],
  load: RowRule<Fold>['load'],
  evolve = replaceWhole,
): RowRule<Fold> {
  const rows = (fold: Fold, streamVersion: number) => (fold ? [{ ...fold, streamVersion }] : []);
  return { kind, open: () => undefined, evolve, rowOf: (fold) => fold, tables: { [kind]: rows }, load };
}

function rowsOfRule(fold: Fold, streamVersion: number): readonly object[] {
  if (!fold) return [];
  const { rule, isActive } = fold as RuleState;
  const { deny, ...named } = rule;
  return [{ ...named, ...deny, isActive, streamVersion }];
}

type Load = RowRule<Fold>['load'];

const loadNodes: Load = (session, ids) => session.$queryRaw`
  SELECT id AS key, json_build_object('id', id, 'name', name, 'kind', kind, 'region', region, 'priority', priority,
    'enabled', enabled, 'safetyStock', safety_stock, 'feedTtlSeconds', feed_ttl_seconds, 'setAt', iso(set_at),
    'version', stream_version) AS row
  FROM node WHERE id = ANY(${[...ids]})`;

const loadSources: Load = (session, ids) => session.$queryRaw`
  SELECT id AS key, json_build_object('id', id, 'name', name, 'basis', basis, 'authority', authority, 'nodes', nodes,
    'forms', forms,
    'version', stream_version) AS row
  FROM source WHERE id = ANY(${[...ids]})`;

const loadItems: Load = (session, ids) => session.$queryRaw`
  SELECT sku AS key, json_build_object('sku', sku, 'name', name, 'backorder', backorder,
    'perOrderMax', per_order_max, 'tags', tags, 'version', stream_version) AS row
  FROM item WHERE sku = ANY(${[...ids]})`;

const loadRules: Load = (session, ids) => session.$queryRaw`
  SELECT id AS key, json_build_object('isActive', is_active, 'version', stream_version,
    'rule', json_build_object('id', id, 'reason', reason,
      'deny', json_build_object('sku', sku, 'itemTag', item_tag, 'nodeId', node_id, 'region', region,
        'channel', channel, 'shippingMethod', shipping_method))) AS row
  FROM eligibility_rule WHERE id = ANY(${[...ids]})`;

/** Every row of a node, a source, an item or an eligibility rule equals the fold of its log. */
export const setUpRules: readonly RowRule<Fold>[] = [
  setUpRule('node', loadNodes, setNode),
  setUpRule('source', loadSources),
  setUpRule('item', loadItems),
  { ...setUpRule('rule', loadRules, changeRule), tables: { eligibility_rule: rowsOfRule } },
];
