import { type ItemFacts, offerOf } from '../../../../src/domain/inventory/offer/offer';
import { aCount, aNode, anItem, aStock, factsOf, later, NOON } from '../inventory-samples';
import { aBuyer, aCap, aRule, limitedTo, UNLIMITED } from '../reservation-samples';

const shelf = (id: string, count: number, node: Parameters<typeof aNode>[1] = {}) =>
  factsOf(aStock([aCount(count)], { nodeId: id }), { node: aNode(id, node) });

const offer = (facts: Partial<ItemFacts> = {}, buyer = aBuyer(), now = NOON) =>
  offerOf(
    { item: anItem('tea'), shelves: [], rules: [], caps: [], queue: undefined, claimed: new Map(), ...facts },
    buyer,
    now,
  );

/** Returns a queue with this many units open, and the units of them that it claims at each node. */
const queue = (open: number, claimed: Readonly<Record<string, number>> = {}) => ({
  queue: { sku: 'tea', open, placed: 7 },
  claimed: new Map(Object.entries(claimed)),
});
const cap = (limit: number, usedNow: number, over = {}) => ({
  cap: aCap(limit, over),
  isActive: true,
  used: usedNow,
  usedNow,
});

describe('an offer', () => {
  test('of plain stock is what all nodes have, with nothing to limit it', () => {
    const { nodes, ...rest } = offer({ shelves: [shelf('leeds', 3), shelf('york', 4)] });
    expect(nodes.map(({ nodeId, atp }) => [nodeId, atp])).toEqual([
      ['leeds', 3],
      ['york', 4],
    ]);
    expect(rest).toEqual({
      sku: 'tea',
      excluded: [],
      isDenied: false,
      atp: 7,
      openBackorders: 0,
      backorderRoom: 0,
      capRoom: Number.POSITIVE_INFINITY,
      perOrderMax: null,
      sellable: 7,
    });
  });

  test('is the least of its terms', () => {
    const shelves = [shelf('leeds', 9)];
    const item = anItem('tea', { ...limitedTo(4), perOrderMax: 6, tags: [] });
    expect(offer({ shelves, item })).toMatchObject({ atp: 9, backorderRoom: 4, sellable: 6 });
    expect(offer({ shelves, item: anItem('tea', limitedTo(4)) })).toMatchObject({ sellable: 13 });
    expect(offer({ shelves, item, caps: [cap(9, 4)] })).toMatchObject({ capRoom: 5, sellable: 5 });
    expect(offer({ item: anItem('tea', UNLIMITED) }).sellable).toBe(Number.POSITIVE_INFINITY);
    expect(offer().sellable).toBe(0);
  });

  test('leaves those who wait what they wait for', () => {
    const item = anItem('tea', limitedTo(5));
    const shelves = [shelf('leeds', 9)];
    expect(offer({ shelves, item, ...queue(4, { leeds: 4 }) })).toMatchObject({
      atp: 5,
      openBackorders: 4,
      backorderRoom: 1,
      sellable: 6,
    });
    expect(offer({ shelves: [shelf('leeds', 1)], item, ...queue(4, { leeds: 1 }) })).toMatchObject({
      atp: 0,
      sellable: 1,
    });
  });

  test('is bounded by the tightest of the caps that apply now', () => {
    const caps = [
      cap(9, 1),
      cap(9, 3, { id: 'tight' }),
      cap(9, 9, { channel: 'web' }),
      cap(9, 9, { start: later(NOON, 1) }),
      { ...cap(9, 9), isActive: false },
    ];
    const shelves = [shelf('leeds', 99)];
    expect(offer({ shelves, caps }).capRoom).toBe(6);
    expect(offer({ shelves, caps }, aBuyer({ channel: 'web' })).sellable).toBe(0);
    expect(offer({ shelves, caps }, aBuyer(), later(NOON, 1)).sellable).toBe(0);
  });

  test('counts the stock of all nodes, however many shipments it takes', () => {
    const counts = [1, 5, 2, 4, 3];
    const shelves = counts.map((count, at) => shelf(`n${at}`, count));
    expect(offer({ shelves })).toMatchObject({ atp: 15, sellable: 15 });
    expect(offer({ shelves, item: anItem('tea', limitedTo(3)) }).sellable).toBe(18);
    expect(offer({ shelves, ...queue(5, { n1: 5 }) })).toMatchObject({ atp: 10, sellable: 10 });
  });
});

test('what the queue claims at one node is no less to sell at another, and is shown', () => {
  const shelves = [shelf('leeds', 3), shelf('york', 4)];
  const { nodes, atp } = offer({ shelves, ...queue(9, { york: 4 }) });
  expect(nodes.map(({ nodeId, queued, atp: left }) => [nodeId, queued, left])).toEqual([
    ['leeds', 0, 3],
    ['york', 4, 0],
  ]);
  expect(atp).toBe(3);
});

describe('a node that is left out', () => {
  test('is shown, with the reason and with nothing to promise', () => {
    const day = { feedTtlSeconds: 60 };
    const shelves = [
      shelf('leeds', 9, { enabled: false }),
      shelf('york', 9, day),
      factsOf(aStock([], { nodeId: 'hull' })),
      shelf('bath', 2),
      shelf('kent', 9),
    ];
    const rules = [aRule({ nodeId: 'kent' })];
    const { nodes, ...rest } = offer({ shelves, rules }, aBuyer(), later(NOON, 61));
    expect(rest).toMatchObject({
      isDenied: false,
      atp: 2,
      excluded: [
        { nodeId: 'leeds', reason: 'DISABLED' },
        { nodeId: 'york', reason: 'EXPIRED' },
        { nodeId: 'hull', reason: 'UNKNOWN' },
        { nodeId: 'kent', reason: 'AGE_RESTRICTED' },
      ],
    });
    expect(nodes.map(({ atp }) => atp)).toEqual([0, 0, 0, 2, 0]);
    expect(nodes.at(-1)).toMatchObject({ supply: 9 });
  });

  test('by a rule and closed: the rule is told, as it is about the buyer', () => {
    const shelves = [shelf('leeds', 9, { enabled: false })];
    expect(offer({ shelves, rules: [aRule({})] }).excluded).toEqual([
      { nodeId: 'leeds', reason: 'AGE_RESTRICTED' },
    ]);
  });
});

describe('a buyer who is denied', () => {
  test('every node is offered nothing, also where the item may be backordered', () => {
    const shelves = [shelf('leeds', 9), shelf('york', 9)];
    const item = anItem('tea', UNLIMITED);
    const rules = [aRule({ nodeId: 'leeds' }), aRule({ nodeId: 'york' }, { id: 'rule_2' })];
    expect(offer({ shelves, item, rules })).toMatchObject({ isDenied: true, sellable: 0 });
    expect(offer({ shelves, item, rules: rules.slice(1) })).toMatchObject({ isDenied: false, atp: 9 });
  });

  test('an item that no node has ever had: by rules of any node, and not by those of one', () => {
    const item = anItem('tea', UNLIMITED);
    expect(offer({ item, rules: [aRule({ region: 'north' })] })).toMatchObject({
      isDenied: true,
      sellable: 0,
    });
    expect(offer({ item, rules: [aRule({ nodeId: 'leeds' })] })).toMatchObject({ isDenied: false });
    expect(offer({ item })).toMatchObject({ isDenied: false });
  });
});
