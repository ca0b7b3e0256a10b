import { sumBySku } from '../../../../src/domain/inventory/limits/demand';
import {
  type Shelf,
  type SourcingRequest,
  source as sourced,
} from '../../../../src/domain/inventory/offer/sourcing';
import { termsOf } from '../inventory-samples';

const request = (over: Partial<SourcingRequest> = {}): SourcingRequest => ({
  demands: [{ sku: 'tea', quantity: 5 }],
  region: 'north',
  maxShipments: 4,
  excludedNodes: [],
  ...over,
});

const south = { region: 'south' };

/** Returns the allocations of a search, or the reason why it has none. */
function source(wanted: SourcingRequest, shelf: Shelf) {
  const found = sourced(wanted, shelf);
  return found.kind === 'sourced' ? found.allocations : found.kind;
}

/** Returns the nodes of a search, in the order of its allocations. */
function nodesFor(wanted: SourcingRequest, shelf: Shelf): readonly string[] {
  const found = source(wanted, shelf);
  return typeof found === 'string' ? [found] : [...new Set(found.map(({ nodeId }) => nodeId))];
}

describe('lines of one SKU', () => {
  test('are summed, and SKUs come in a fixed order', () => {
    const lines = [
      { sku: 'tea', quantity: 2 },
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 3 },
    ];
    expect(sumBySku(lines)).toEqual([
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 5 },
    ]);
    expect(sumBySku([...lines].reverse())).toEqual(sumBySku(lines));
  });

  test('summing a second time changes nothing, and nothing else of a line is kept', () => {
    const summed = sumBySku([{ sku: 'tea', quantity: 2, unitPrice: 9 } as { sku: string; quantity: number }]);
    expect(summed).toEqual([{ sku: 'tea', quantity: 2 }]);
    expect(sumBySku(summed)).toEqual(summed);
  });

  test('are refused together where each alone would fit', () => {
    const shelf = { tea: [termsOf('leeds', 5)] };
    const lines = [
      { sku: 'tea', quantity: 3 },
      { sku: 'tea', quantity: 3 },
    ];
    expect(source(request({ demands: sumBySku(lines) }), shelf)).toBe('short');
    expect(source(request({ demands: sumBySku(lines.slice(1)) }), shelf)).toHaveLength(1);
  });
});

describe('the order of preference', () => {
  test.each<[string, ReturnType<typeof termsOf>[], string[]]>([
    [
      'one shipment from far beats two from near',
      [termsOf('near-1', 3), termsOf('near-2', 3), termsOf('far', 5, { ...south, priority: 9 })],
      ['far'],
    ],
    [
      'then a node of the region beats one of better priority',
      [termsOf('far', 5, { ...south, priority: 0 }), termsOf('near', 5, { priority: 9 })],
      ['near'],
    ],
    ['then the lower priority', [termsOf('a', 5, { priority: 2 }), termsOf('b', 5, { priority: 1 })], ['b']],
    ['then the lower id', [termsOf('b', 5), termsOf('a', 5)], ['a']],
    ['how much more a node has does not matter', [termsOf('b', 500), termsOf('a', 5)], ['a']],
    [
      'among splits too: two nodes of the region beat one of it and one from far',
      [
        termsOf('near-1', 2, { priority: 1 }),
        termsOf('near-2', 3, { priority: 2 }),
        termsOf('near-3', 2, { priority: 3 }),
        termsOf('far', 3, south),
      ],
      ['near-1', 'near-2'],
    ],
    [
      'even where the most preferred node has to be passed over for it',
      [
        termsOf('near-1', 1, { priority: 1 }),
        termsOf('near-2', 3, { priority: 2 }),
        termsOf('near-3', 3, { priority: 3 }),
        termsOf('far', 4, south),
      ],
      ['near-2', 'near-3'],
    ],
  ])('%s', (_name, tea, expected) => {
    expect(nodesFor(request(), { tea })).toEqual(expected);
    expect(source(request(), { tea: [...tea].reverse() })).toEqual(source(request(), { tea }));
  });

  test('a node that has all SKUs beats nodes that have one each', () => {
    const demands = sumBySku([
      { sku: 'tea', quantity: 1 },
      { sku: 'cup', quantity: 1 },
    ]);
    const shelf = { tea: [termsOf('a', 9), termsOf('c', 1)], cup: [termsOf('b', 9), termsOf('c', 1)] };
    expect(source(request({ demands }), shelf)).toEqual([
      { sku: 'cup', nodeId: 'c', quantity: 1 },
      { sku: 'tea', nodeId: 'c', quantity: 1 },
    ]);
  });
});

describe('a split', () => {
  test('takes all from the preferred node and the rest from the next', () => {
    expect(source(request(), { tea: [termsOf('b', 4), termsOf('a', 3)] })).toEqual([
      { sku: 'tea', nodeId: 'a', quantity: 3 },
      { sku: 'tea', nodeId: 'b', quantity: 2 },
    ]);
  });

  test('is all or nothing: enough of one SKU and not of the other gives nothing', () => {
    const demands = [
      { sku: 'cup', quantity: 1 },
      { sku: 'tea', quantity: 5 },
    ];
    expect(source(request({ demands }), { tea: [termsOf('a', 5)], cup: [termsOf('a', 0)] })).toBe('short');
  });

  test('enough in the sum is not enough where it takes more nodes than allowed', () => {
    const tea = ['a', 'b', 'c', 'd', 'e'].map((id) => termsOf(id, 1));
    expect(source(request({ maxShipments: 4 }), { tea })).toBe('too-many-shipments');
    expect(source(request({ maxShipments: 5 }), { tea })).toHaveLength(5);
    expect(source(request({ maxShipments: 0 }), { tea })).toBe('too-many-shipments');
  });

  test('one node only, where that is what is asked for', () => {
    const tea = [termsOf('a', 4), termsOf('b', 4), termsOf('c', 5, south)];
    expect(source(request({ maxShipments: 1 }), { tea })).toEqual([{ sku: 'tea', nodeId: 'c', quantity: 5 }]);
    expect(source(request({ maxShipments: 1 }), { tea: tea.slice(0, 2) })).toBe('too-many-shipments');
  });
});

describe('what cannot be used', () => {
  test('an excluded node is as if it were not there', () => {
    const tea = [termsOf('a', 5), termsOf('b', 5)];
    const without = (...excludedNodes: string[]) => request({ excludedNodes });
    expect(source(without('a'), { tea })).toEqual([{ sku: 'tea', nodeId: 'b', quantity: 5 }]);
    expect(source(without('a', 'b'), { tea })).toBe('short');
  });

  test('a node with nothing to promise is passed over', () => {
    const tea = [termsOf('a', 0, { supply: 9, enabled: false }), termsOf('b', 5)];
    expect(source(request(), { tea })).toEqual([{ sku: 'tea', nodeId: 'b', quantity: 5 }]);
  });

  test('a SKU that is on no shelf cannot be sourced', () => {
    expect(source(request(), {})).toBe('short');
  });

  test('a SKU may be named like a property of objects', () => {
    const demands = ['__proto__', 'constructor'].map((sku) => ({ sku, quantity: 1 }));
    const shelf = Object.fromEntries(demands.map(({ sku }) => [sku, [termsOf('a', 1)]]));
    expect(source(request({ demands }), shelf)).toHaveLength(2);
  });
});

describe('without a limit of shipments', () => {
  test('five items at five nodes go in five shipments', () => {
    const skus = ['cup', 'jug', 'pot', 'tea', 'tin'];
    const shelf = Object.fromEntries(skus.map((sku) => [sku, [termsOf(`only ${sku}`, 1)]]));
    const demands = skus.map((sku) => ({ sku, quantity: 1 }));
    expect(nodesFor(request({ demands, maxShipments: Infinity }), shelf)).toHaveLength(5);
  });

  test('units of one item come from as many nodes as it takes', () => {
    const tea = Array.from({ length: 300 }, (_, index) => termsOf(`n${index}`, 1));
    const wanted = request({ demands: [{ sku: 'tea', quantity: 300 }], maxShipments: Infinity });
    expect(nodesFor(wanted, { tea })).toHaveLength(300);
  });
});

describe('a node that sends the order a shipment anyway', () => {
  const tea = [termsOf('a', 5), termsOf('b', 5, { priority: 9 })];

  test('sends more of it before another node sends one more shipment', () => {
    expect(nodesFor(request({ nodesInUse: ['b'] }), { tea })).toEqual(['b']);
    expect(nodesFor(request({ nodesInUse: ['b'], maxShipments: 0 }), { tea })).toEqual(['b']);
  });

  test('does not count towards the limit', () => {
    const demands = [{ sku: 'tea', quantity: 8 }];
    expect(nodesFor(request({ demands, nodesInUse: ['b'], maxShipments: 1 }), { tea })).toEqual(['a', 'b']);
    expect(nodesFor(request({ demands, nodesInUse: ['b'], maxShipments: 0 }), { tea })).toEqual([
      'too-many-shipments',
    ]);
  });
});

describe('among many nodes', () => {
  test('nodes of one unit each are chosen in order of preference', () => {
    const tea = Array.from({ length: 60 }, (_, index) => termsOf(`n${index}`, 1));
    const demands = [{ sku: 'tea', quantity: 4 }];
    expect(nodesFor(request({ demands }), { tea })).toEqual(['n0', 'n1', 'n10', 'n11']);
  });

  test('the nodes that cover most are taken where it takes them all', () => {
    const small = Array.from({ length: 60 }, (_, index) => termsOf(`n${index}`, 1));
    const tea = [...small, termsOf('x', 30), termsOf('y', 29), termsOf('z', 28, south)];
    const demands = [{ sku: 'tea', quantity: 88 }];
    expect(nodesFor(request({ demands }), { tea })).toEqual(['n0', 'x', 'y', 'z']);
  });
});

describe('past the bound of the exact search', () => {
  // Each of 24 items is at some of 80 nodes, in a pattern without regularity: no bound tells how few nodes it takes.
  const skus = Array.from({ length: 24 }, (_, index) => `sku${index}`);
  const shelf = Object.fromEntries(
    skus.map((sku, item) => [
      sku,
      Array.from({ length: 80 }, (_, node) =>
        termsOf(`n${node}`, (item * 37 + node * node * 11) % 97 < 12 ? 1 : 0),
      ),
    ]),
  );
  const demands = skus.map((sku) => ({ sku, quantity: 1 }));

  test('a plan is found where there is no limit of shipments', () => {
    const allocations = source(request({ demands, maxShipments: Infinity }), shelf);
    expect(allocations).toHaveLength(demands.length);
  });

  test('a limit that only the exact search could judge is not said to be exceeded', () => {
    const most = nodesFor(request({ demands, maxShipments: Infinity }), shelf).length;
    expect(source(request({ demands, maxShipments: most }), shelf)).toHaveLength(demands.length);
    expect(source(request({ demands, maxShipments: most - 1 }), shelf)).toBe('gave-up');
    expect(source(request({ demands, maxShipments: 1 }), shelf)).toBe('too-many-shipments');
  });
});
