import { nodeTerms } from '../../../../src/domain/inventory/offer/node-terms';
import type { GivenBackReason } from '../../../../src/domain/inventory/reservation/replace-units';
import type { SupplyEntry } from '../../../../src/domain/inventory/supply/supply';
import { InventoryLedger, total } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON } from '../inventory-samples';

const ID = 'rsv_1';
const order = {
  reservationId: ID,
  caller: 'shop',
  orderId: 'ord_1',
  ttlSeconds: null,
  buyer: { region: 'north', channel: null, shippingMethod: null, customerId: null },
};
const tea = (quantity: number) => [{ sku: 'tea', quantity }];
const at = (nodeId: string, quantity: number) => ({ sku: 'tea', nodeId, quantity });
const shipping = (shipmentId: string, nodeId: string, quantity: number) => ({
  shipmentId,
  takes: [at(nodeId, quantity)],
});

/** Creates two own nodes, a partner, a backorderable item, and an order for some of it. */
function sold(quantity: number, counts: Readonly<Record<string, number>> = { n1: 5, n2: 5, p: 5 }) {
  const nodes = [aNode('n1'), aNode('n2', { priority: 2 }), aNode('p', { kind: 'partner', priority: 3 })];
  const item = anItem('tea', { backorder: { mode: 'unlimited' }, perOrderMax: 12, tags: [] });
  const ledger = new InventoryLedger(nodes, ['tea'], NOON, [item]);
  for (const [nodeId, count] of Object.entries(counts)) ledger.count('tea', nodeId, aCount(count));
  ledger.beginSet(later(NOON, 1));
  ledger.reserve({ ...order, demands: tea(quantity) });
  ledger.beginSet(later(NOON, 2));
  return ledger;
}

function termsAt(ledger: InventoryLedger, nodeId: string) {
  ledger.beginSet(later(ledger.now, 1));
  const facts = ledger.shelves().find(({ node }) => node.id === nodeId);
  if (!facts) throw new Error(`no ${nodeId}`);
  return nodeTerms(facts, ledger.now);
}

describe('a shipment', () => {
  test('takes its units out of what is committed and out of what is there', () => {
    const ledger = sold(3);
    expect(termsAt(ledger, 'n1')).toMatchObject({ supply: 5, committed: 3, atp: 2 });
    expect(ledger.consume(ID, shipping('shp_1', 'n1', 2)).answer.kind).toBe('done');
    expect(termsAt(ledger, 'n1')).toMatchObject({ supply: 3, committed: 1, atp: 2 });
    expect(ledger.reservation(ID)).toMatchObject({ state: 'COMMITTED', allocations: [at('n1', 1)] });
    ledger.consume(ID, shipping('shp_2', 'n1', 1));
    expect(ledger.reservation(ID)).toMatchObject({ state: 'CONSUMED', allocations: [], lines: tea(3) });
  });

  test('is consumed once, whatever came after it', () => {
    const ledger = sold(3);
    ledger.consume(ID, shipping('shp_1', 'n1', 2));
    ledger.releaseRest(ID, [at('n1', 2)]);
    expect(ledger.reservation(ID)?.state).toBe('CONSUMED');
    expect(ledger.consume(ID, shipping('shp_1', 'n1', 2))).toEqual({ answer: { kind: 'done' }, events: [] });
  });

  test('that takes what the order has not is refused, and nothing leaves', () => {
    const ledger = sold(3);
    const decision = ledger.consume(ID, shipping('shp_1', 'n2', 1));
    expect(decision).toMatchObject({ answer: { reason: 'RESERVATION_MISMATCH' }, events: [] });
    expect(ledger.consume('rsv_none', shipping('shp_1', 'n1', 1)).answer.kind).toBe('refused');
  });

  test('takes what was granted first, and what is given back was granted last', () => {
    const ledger = sold(2);
    ledger.extend(ID, { commandId: 'c', demands: tea(2) });
    const granted = () => ledger.reservation(ID)?.allocations.map(({ grantedAt }) => grantedAt);
    expect(granted()).toEqual([later(NOON, 1), later(NOON, 2)]);
    ledger.shrink(ID, [{ ...at('n1', 1), place: null }]);
    ledger.consume(ID, shipping('shp_1', 'n1', 2));
    expect(granted()).toEqual([later(NOON, 2)]);
  });

  test('leaves the order its share of a cap', () => {
    const ledger = sold(1);
    const cap = { id: 'cap', skus: ['tea'], channel: null, customerId: null, start: NOON, limit: 9 };
    ledger.setCap({ ...cap, end: later(NOON, 1000) });
    ledger.extend(ID, { commandId: 'c', demands: tea(4) });
    ledger.consume(ID, shipping('shp_1', 'n1', 3));
    ledger.releaseRest(ID, [at('n1', 3)]);
    expect(ledger.state().caps.get('cap')?.used).toBe(3);
  });
});

describe('a node that gives units back', () => {
  const rejected = (reason: GivenBackReason, quantity = 2) => {
    const ledger = sold(3);
    const given = { nodeId: 'n1', reason, elsewhere: tea(quantity), exhausted: [] };
    return { ledger, answer: ledger.replace(ID, given).answer };
  };

  test.each<[GivenBackReason, object]>([
    ['NOT_IN_STOCK', { supply: 0, unavailable: 0, atp: 0, zeroedAt: later(NOON, 2) }],
    ['MISMATCH', { supply: 3, unavailable: 0, atp: 2 }],
    ['DAMAGED', { supply: 5, unavailable: 2, atp: 2 }],
    ['NO_CAPACITY', { supply: 5, unavailable: 0, atp: 4 }],
    ['NO_RESPONSE', { supply: 5, unavailable: 0, atp: 4 }],
  ])('because of %s leaves there what that says', (reason, terms) => {
    const { ledger, answer } = rejected(reason);
    expect(answer).toEqual({ kind: 'done', allocations: [at('n2', 2)], backordered: [] });
    expect(termsAt(ledger, 'n1')).toMatchObject({ ...terms, committed: 1 });
  });

  test('keeps the units it did not give back, and is not asked for that item again', () => {
    const { ledger } = rejected('NO_CAPACITY');
    expect(ledger.reservation(ID)?.allocations).toMatchObject([at('n1', 1), at('n2', 2)]);
    ledger.beginSet(later(NOON, 3));
    const more = ledger.extend(ID, { commandId: 'c', demands: tea(4) }).answer;
    expect(more).toMatchObject({ allocations: [at('n2', 3)], backordered: [{ quantity: 1 }] });
  });

  test('has no partner asked in its place: the rest waits', () => {
    const ledger = sold(4, { n1: 4, n2: 1, p: 9 });
    const given = { nodeId: 'n1', reason: 'NO_CAPACITY', elsewhere: tea(4), exhausted: [] } as const;
    expect(ledger.replace(ID, given).answer).toMatchObject({
      allocations: [at('n2', 1)],
      backordered: [{ sku: 'tea', quantity: 3, place: 1 }],
    });
  });

  test('has nobody asked where enough were: one turn for all that waits', () => {
    const ledger = sold(4);
    const given = { nodeId: 'n1', reason: 'NO_CAPACITY', elsewhere: [], exhausted: tea(2) } as const;
    const expected = { allocations: [], backordered: [{ quantity: 2, place: 1 }] };
    expect(ledger.replace(ID, given).answer).toMatchObject(expected);
  });

  test('of an item nobody else has and nobody may wait for loses the order those units', () => {
    const ledger = new InventoryLedger([aNode('n1')], ['tea'], NOON);
    ledger.count('tea', 'n1', aCount(3));
    ledger.reserve({ ...order, demands: tea(3) });
    const given = { nodeId: 'n1', reason: 'NOT_IN_STOCK', exhausted: [] } as const;
    const found = { kind: 'done', allocations: [], backordered: [] };
    expect(ledger.replace(ID, { ...given, elsewhere: tea(1) }).answer).toEqual(found);
    expect(ledger.reservation(ID)).toMatchObject({ state: 'COMMITTED', lines: tea(2) });
    ledger.replace(ID, { ...given, elsewhere: tea(2) });
    expect(ledger.reservation(ID)).toMatchObject({ state: 'RELEASED', lines: [] });
  });

  test('that has not so many of the order is not believed', () => {
    const { answer, ledger } = rejected('DAMAGED', 4);
    expect(answer).toMatchObject({ kind: 'refused', reason: 'RESERVATION_MISMATCH' });
    expect(termsAt(ledger, 'n1').unavailable).toBe(0);
  });
});

describe('an order that is extended', () => {
  test('leaves those who wait what they are owed', () => {
    const ledger = sold(11, { n1: 5, n2: 5 });
    expect(ledger.reservation(ID)?.backordered).toMatchObject([{ quantity: 1 }]);
    ledger.count('tea', 'n1', aCount(7, { sequence: 2 }));
    ledger.reserve({ ...order, reservationId: 'rsv_2', orderId: 'ord_2', demands: tea(1) });
    ledger.beginSet(later(NOON, 3));
    const { answer } = ledger.extend('rsv_2', { commandId: 'c', demands: tea(1) });
    expect(answer).toMatchObject({ allocations: [], backordered: [{ quantity: 1 }] });
  });

  test('has no more than one order may have, what it had included', () => {
    const { answer } = sold(8).extend(ID, { commandId: 'c', demands: tea(5) });
    expect(answer).toMatchObject({ kind: 'refused', reason: 'PER_ORDER_MAX_EXCEEDED' });
  });

  test('and then is not gives back where its turn has led', () => {
    const ledger = sold(5, { n1: 5, n2: 0 });
    ledger.extend(ID, { commandId: 'c', demands: tea(3) });
    ledger.count('tea', 'n2', aCount(9, { sequence: 2 }));
    const [turn] = ledger.reservation(ID)?.backordered ?? [];
    if (!turn) throw new Error('no turn');
    expect(ledger.fill(ID, turn).answer).toMatchObject({ allocations: [at('n2', 3)] });
    expect(ledger.undoExtend(ID, 'c').answer.kind).toBe('done');
    expect(ledger.reservation(ID)?.allocations).toMatchObject([at('n1', 5)]);
    expect(termsAt(ledger, 'n2').atp).toBe(9);
  });

  test('is refused where its undo came first', () => {
    const ledger = sold(1);
    ledger.undoExtend(ID, 'c');
    const late = ledger.extend(ID, { commandId: 'c', demands: tea(1) });
    expect(late).toMatchObject({ answer: { reason: 'RELEASED_EARLIER' }, events: [] });
  });

  test('is refused once all of it has shipped', () => {
    const ledger = sold(1);
    ledger.consume(ID, shipping('shp_1', 'n1', 1));
    const { answer } = ledger.extend(ID, { commandId: 'c', demands: tea(1) });
    expect(answer).toMatchObject({ kind: 'refused', reason: 'ALREADY_FINAL' });
  });
});

test('a turn of which a part is given back waits for the rest, and brings the rest', () => {
  const ledger = sold(8, { n1: 5 });
  ledger.shrink(ID, [{ sku: 'tea', quantity: 2, nodeId: null, place: 1 }]);
  expect(ledger.state().queues.get('tea')?.open).toBe(1);
  ledger.count('tea', 'n2', aCount(1));
  expect(ledger.fill(ID, { sku: 'tea', place: 1 }).answer).toMatchObject({ allocations: [at('n2', 1)] });
  expect(total(ledger.reservation(ID)?.allocations ?? [])).toBe(6);
});

test('a cancelled order keeps what has shipped until that is consumed, and nothing else', () => {
  const ledger = sold(8, { n1: 5, n2: 1 });
  const turns = total(ledger.reservation(ID)?.backordered ?? []);
  expect(turns).toBe(2);
  ledger.releaseRest(ID, [at('n1', 2)]);
  expect(ledger.reservation(ID)).toMatchObject({
    lines: tea(2),
    allocations: [at('n1', 2)],
    backordered: [],
  });
  ledger.consume(ID, shipping('shp_1', 'n1', 2));
  expect(ledger.reservation(ID)?.state).toBe('CONSUMED');
  expect(termsAt(ledger, 'n1')).toMatchObject({ supply: 3, committed: 0 });
});

test('units are taken from the fullest section that still counts them', () => {
  const ledger = new InventoryLedger([aNode('n1')], ['tea'], NOON);
  for (const [section, count] of Object.entries({ backroom: 4, floor: 2 }))
    ledger.count('tea', 'n1', aCount(count, { section }));
  ledger.beginSet(later(NOON, 1));
  ledger.reserve({ ...order, demands: tea(5) });
  const gone = () => {
    const [facts] = ledger.shelves();
    return facts?.stock.supplies.map(({ section, gone: units }: SupplyEntry) => [section, units]);
  };
  ledger.consume(ID, shipping('shp_1', 'n1', 3));
  expect(gone()).toEqual([
    ['backroom', 3],
    ['floor', 0],
  ]);
  ledger.consume(ID, shipping('shp_2', 'n1', 1));
  expect(gone()).toEqual([
    ['backroom', 3],
    ['floor', 1],
  ]);
});

describe('a report that is worked on late', () => {
  const counted = () => {
    const ledger = sold(3);
    ledger.beginSet(later(NOON, 60));
    const moments = { observedAt: later(NOON, 30), receivedAt: later(NOON, 30), sequence: 2 };
    ledger.count('tea', 'n1', aCount(4, moments));
    return ledger;
  };

  test('says that units are not there as of its record: what was counted since is there', () => {
    const ledger = counted();
    const given = { nodeId: 'n1', reason: 'NOT_IN_STOCK', elsewhere: tea(2), exhausted: [] } as const;
    ledger.replace(ID, given, later(NOON, 10));
    expect(termsAt(ledger, 'n1')).toMatchObject({ supply: 4, committed: 1 });
  });

  test('lets units leave as of its record: a count made since leaves them out already', () => {
    const ledger = counted();
    ledger.consume(ID, shipping('shp_1', 'n1', 2), later(NOON, 10));
    expect(termsAt(ledger, 'n1')).toMatchObject({ supply: 4, committed: 1 });
    const earlier = sold(3);
    earlier.consume(ID, shipping('shp_1', 'n1', 2));
    expect(termsAt(earlier, 'n1')).toMatchObject({ supply: 3, committed: 1 });
  });
});
