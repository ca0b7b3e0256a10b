import {
  decideSetNode,
  decideSetUp,
  NODE_KINDS,
  type SetUpEvent,
} from '../../../src/domain/inventory/setup/set-up';
import { aNode, anItem, throughJson } from './inventory-samples';

const nodeSet = (over = {}): SetUpEvent => ({ type: 'inventory.node-set.v1', data: aNode('leeds', over) });

describe('set-up', () => {
  test('what is not there yet is put in place', () => {
    expect(decideSetUp(undefined, nodeSet())).toEqual({ answer: { kind: 'done' }, events: [nodeSet()] });
  });

  test('saying it again changes nothing', () => {
    expect(decideSetUp(nodeSet().data, nodeSet())).toEqual({ answer: { kind: 'done' }, events: [] });
  });

  test('nor does the order of the fields, at any depth, or a field that is undefined instead of missing', () => {
    const wanted: SetUpEvent = {
      type: 'inventory.item-set.v1',
      data: anItem('tea', { backorder: { mode: 'limited', limit: 5, promiseDate: undefined } }),
    };
    const stored = {
      perOrderMax: null,
      tags: [],
      backorder: { limit: 5, mode: 'limited' as const },
      name: 'tea',
      sku: 'tea',
    };
    expect(decideSetUp(stored, wanted).events).toEqual([]);
    expect(decideSetUp(throughJson(wanted.data), wanted).events).toEqual([]);
  });

  test.each([
    { priority: 2 },
    { enabled: false },
    { feedTtlSeconds: 0 },
    { region: 'south' },
    { safetyStock: 1 },
  ])('a change of %j replaces the whole piece', (change) => {
    expect(decideSetUp(nodeSet().data, nodeSet(change)).events).toEqual([nodeSet(change)]);
  });

  test('a change deep inside counts', () => {
    const item = (limit: number): SetUpEvent => ({
      type: 'inventory.item-set.v1',
      data: anItem('tea', { backorder: { mode: 'limited', limit } }),
    });
    expect(decideSetUp(item(5).data, item(6)).events).toEqual([item(6)]);
  });

  test('the nodes of a source are a list: one more is a change', () => {
    const source = (...nodes: string[]): SetUpEvent => ({
      type: 'inventory.source-set.v1',
      data: { id: 'wms', name: 'wms', basis: 'on_hand', authority: 1, nodes, forms: {} },
    });
    expect(decideSetUp(source('leeds').data, source('leeds', 'york')).events).toHaveLength(1);
    expect(decideSetUp(source('leeds', 'york').data, source('leeds', 'york')).events).toHaveLength(0);
  });
});

describe('what a node is', () => {
  const EMPTY = { isStocked: false, hasSections: false };

  const cases = NODE_KINDS.flatMap((from) => NODE_KINDS.map((to) => [from, to] as const));

  test.each(cases)('a %s may become a %s while no stock was heard of there', (from, to) => {
    const { answer } = decideSetNode(aNode('leeds', { kind: from }), aNode('leeds', { kind: to }), EMPTY);
    expect(answer).toEqual({ kind: 'done' });
  });

  test.each(cases)('and after that a %s becomes a %s only where it stays in the same hands', (from, to) => {
    const wanted = aNode('leeds', { kind: to, priority: 7 });
    const { answer, events } = decideSetNode(aNode('leeds', { kind: from }), wanted, {
      ...EMPTY,
      isStocked: true,
    });
    const staysThere = (from === 'partner') === (to === 'partner');
    expect(answer.kind).toBe(staysThere ? 'done' : 'kind-settled');
    expect(events).toEqual(staysThere ? [{ type: 'inventory.node-set.v1', data: wanted }] : []);
  });

  test('a node nobody has heard of yet is what it is put in place as', () => {
    expect(
      decideSetNode(undefined, aNode('leeds', { kind: 'partner' }), { isStocked: true, hasSections: true })
        .answer.kind,
    ).toBe('done');
  });
});
