import fc from 'fast-check';
import type { Demand } from '../../../../src/domain/inventory/limits/demand';
import type { StockFacts } from '../../../../src/domain/inventory/offer/node-terms';
import type { Allocation } from '../../../../src/domain/inventory/offer/sourcing';
import {
  type AskedReservation,
  bookingKey,
  bookingsNeeded,
  exceeds,
  hasSurplus,
  isTooMuch,
  keepsMore,
  partnersAsked,
  refusalReasonOf,
  surplusIn,
} from '../../../../src/domain/inventory/reservation/partner-booking';
import type {
  PartnerReply,
  PartnerRequest,
} from '../../../../src/domain/inventory/reservation/partner-request';
import { aNode, aStock, factsOf } from '../inventory-samples';

const PARTNERS = ['p1', 'p2', 'p3'];
const NODES = [...PARTNERS, 'w1'];
const SKUS = ['cup', 'tea'];

/** Shares of items, by node. */
const dealt = fc.array(
  fc.record({
    sku: fc.constantFrom(...SKUS),
    nodeId: fc.constantFrom(...NODES),
    quantity: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 6 },
);

/** A partner's reply; `unheard`: it has booked, and counts as unreachable. */
const SAID = {
  yes: { kind: 'confirmed', references: ['one'] },
  twice: { kind: 'confirmed', references: ['one', 'two'] },
  no: { kind: 'refused', reason: 'NO_CAPACITY' },
  unheard: { kind: 'unreachable' },
} as const satisfies Record<string, PartnerReply>;
type Said = keyof typeof SAID;
const words = fc.array(fc.constantFrom<Said>('yes', 'twice', 'no', 'unheard'), { maxLength: 8 });

/** A confirmed booking that is not cancelled: its key and its content. */
interface Agreed {
  readonly nodeId: string;
  readonly key: string;
  readonly lines: readonly Demand[];
}

interface Played {
  readonly reservation: AskedReservation;
  readonly asked: ReadonlySet<string>;
  readonly agreed: readonly Agreed[];
  readonly isAnyDoubled: boolean;
}

const unitsOf = (lines: readonly Demand[], wanted: string) =>
  lines.filter(({ sku }) => sku === wanted).reduce((sum, { quantity }) => sum + quantity, 0);
const at = (units: readonly Allocation[], node: string) => units.filter(({ nodeId }) => nodeId === node);

/**
 * Confirms an order by an independent model: a partner that refuses loses all of its units to `heirs`. A blocked heir
 * does not get an item; the warehouse gets it then.
 */
function confirmed(units: readonly Allocation[], answers: readonly Said[], heirs: readonly string[]): Played {
  let allocations = units;
  let agreed: readonly Agreed[] = [];
  const blocked: { nodeId: string; skus: readonly string[] }[] = [];
  const asked = new Set<string>();
  const partnerRequests: PartnerRequest[] = [];
  let round = 1;
  for (let question = 0; ; question += 1) {
    const [next] = PARTNERS.map((nodeId) => ({
      nodeId,
      lines: lackingAt(nodeId, allocations, agreed),
    })).filter(({ lines }) => lines.length > 0);
    if (!next) break;
    const { nodeId, lines } = next;
    const key = bookingKey('r', nodeId, round);
    const said = answers[question] ?? 'yes';
    asked.add(key);
    partnerRequests.push({ nodeId, round, lines, word: SAID[said] });
    if (said === 'yes' || said === 'twice') {
      agreed = [...agreed, { nodeId, key, lines }];
      continue;
    }
    blocked.push({ nodeId, skus: at(allocations, nodeId).map(({ sku }) => sku) });
    agreed = agreed.filter((one) => one.nodeId !== nodeId);
    const heir = heirs[question] ?? 'w1';
    const isBlocked = (sku: string) => blocked.some((one) => one.nodeId === heir && one.skus.includes(sku));
    allocations = allocations.map((one) =>
      one.nodeId === nodeId ? { ...one, nodeId: isBlocked(one.sku) ? 'w1' : heir } : one,
    );
    round += 1;
  }
  const reservation = { id: 'r', state: 'COMMITTED', allocations, consumed: [], partnerRequests } as const;
  const isAnyDoubled = answers.slice(0, partnerRequests.length).includes('twice');
  return { reservation, asked, agreed, isAnyDoubled };
}

/** Returns the units that a partner has not confirmed yet. */
function lackingAt(nodeId: string, units: readonly Allocation[], agreed: readonly Agreed[]) {
  const had = agreed.filter((one) => one.nodeId === nodeId).flatMap(({ lines }) => lines);
  return SKUS.map((sku) => ({ sku, quantity: unitsOf(at(units, nodeId), sku) - unitsOf(had, sku) })).filter(
    ({ quantity }) => quantity > 0,
  );
}

const orders = fc
  .tuple(dealt, words, fc.array(fc.constantFrom(...NODES), { maxLength: 8 }))
  .map(([units, answers, heirs]) => confirmed(units, answers, heirs));

type Change =
  | { readonly do: 'ship' | 'give back'; readonly at: number; readonly quantity: number }
  | { readonly do: 'cancel' };

const changes = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('ship' as const, 'give back' as const),
        at: fc.nat(5),
        quantity: fc.integer({ min: 1, max: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const) }) },
  ),
  { maxLength: 8 },
);

/** Returns what a change of an approved order leaves and what it releases. */
function changed(before: AskedReservation, change: Change) {
  const { allocations, consumed } = before;
  if (change.do === 'cancel') {
    const state = consumed.length > 0 ? ('CONSUMED' as const) : ('RELEASED' as const);
    // As in the rows: a reservation released at once still names its units.
    const left = consumed.length > 0 ? [] : allocations;
    return { after: { ...before, state, allocations: left }, released: allocations };
  }
  const units = allocations[change.at];
  if (!units || before.state !== 'COMMITTED') return { after: before, released: [] };
  const part = { ...units, quantity: Math.min(units.quantity, change.quantity) };
  const rest = { ...units, quantity: units.quantity - part.quantity };
  const left = allocations.flatMap((one) => (one !== units ? [one] : rest.quantity > 0 ? [rest] : []));
  const after = { ...before, allocations: left };
  if (change.do === 'ship') return { after: { ...after, consumed: [...consumed, part] }, released: [] };
  return { after, released: [part] };
}

const facts = new Map<string, readonly StockFacts[]>(
  SKUS.map((sku) => [
    sku,
    NODES.map((id) => ({
      ...factsOf(aStock([], { sku, nodeId: id })),
      node: aNode(id, { kind: PARTNERS.includes(id) ? 'partner' : 'warehouse' }),
    })),
  ]),
);

const keysOf = (reservation: AskedReservation) =>
  partnersAsked(reservation).flatMap(({ askings }) => askings.map(({ key }) => key));

/** The bookings that the reservation needs. */
const neededOf = (reservation: AskedReservation) => partnersAsked(reservation).flatMap(bookingsNeeded);

const byKey = <One extends { readonly key: string }>(all: readonly One[]) =>
  [...all].sort((a, b) => (a.key < b.key ? -1 : 1));

test('whatever was asked is found, what was agreed to is needed, and nothing else that was asked is', () => {
  fc.assert(
    fc.property(orders, ({ reservation, asked, agreed }) => {
      const keys = keysOf(reservation);
      expect([...keys].sort()).toEqual([...asked].sort());
      expect(new Set(keys).size).toBe(keys.length);
      expect(byKey(neededOf(reservation))).toEqual(
        byKey(agreed.map(({ key, lines }) => ({ key, asked: lines, needed: lines, reference: 'one' }))),
      );
    }),
    { numRuns: 500 },
  );
});

test('whatever becomes of it after its approval, booked is what has shipped or is still to ship, and no more', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation, asked, agreed }, played) => {
      let now = reservation;
      for (const change of played) {
        now = changed(now, change).after;
        expect(keysOf(now)).toEqual(expect.arrayContaining([...asked]));
        const delivered = [...now.consumed, ...(now.state === 'COMMITTED' ? now.allocations : [])];
        const needed = neededOf(now);
        for (const nodeId of PARTNERS) {
          const keys = agreed.filter((one) => one.nodeId === nodeId).map(({ key }) => key);
          const lines = needed.filter(({ key }) => keys.includes(key)).flatMap((one) => one.needed);
          for (const sku of SKUS) expect(unitsOf(lines, sku)).toBe(unitsOf(at(delivered, nodeId), sku));
        }
        for (const one of needed)
          expect(exceeds(one.needed, agreed.find(({ key }) => key === one.key)?.lines ?? [])).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test('of no booking more is needed later: to tell a partner late, or twice, takes nothing that is needed', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation }, played) => {
      let now = reservation;
      let before = neededOf(now);
      for (const change of played) {
        now = changed(now, change).after;
        const needed = neededOf(now);
        for (const one of needed)
          expect(exceeds(one.needed, before.find(({ key }) => key === one.key)?.needed ?? [])).toBe(false);
        before = needed;
      }
    }),
    { numRuns: 500 },
  );
});

test('there is a surplus wherever a key was given out that is not needed whole, or has booked more than once', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation, asked, agreed, isAnyDoubled }, played) => {
      expect(hasSurplus(reservation)).toBe(asked.size > agreed.length || isAnyDoubled);
      const end = played.reduce((now, change) => changed(now, change).after, reservation);
      const isLess = JSON.stringify(neededOf(end)) !== JSON.stringify(neededOf(reservation));
      expect(hasSurplus(end)).toBe(hasSurplus(reservation) || isLess);
    }),
    { numRuns: 500 },
  );
});

test('nothing of a booking is given up unseen: what is given back says so', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation }, played) => {
      let now = reservation;
      for (const change of played) {
        const { after, released } = changed(now, change);
        const { hasSurplus } = surplusIn(released, { facts });
        const isLess = JSON.stringify(neededOf(now)) !== JSON.stringify(neededOf(after));
        if (isLess) expect(hasSurplus).toBe(true);
        if (released.every(({ nodeId }) => nodeId === 'w1')) expect(hasSurplus).toBeUndefined();
        now = after;
      }
    }),
    { numRuns: 500 },
  );
});

const confirmedTo = (nodeId: string, round: number, ...lines: readonly Demand[]): PartnerRequest => ({
  nodeId,
  round,
  lines,
  word: SAID.yes,
});
const failed = (nodeId: string, round: number, ...lines: readonly Demand[]): PartnerRequest => ({
  nodeId,
  round,
  lines,
  word: SAID.no,
});
const delivering = (
  allocations: readonly Allocation[],
  partnerRequests: readonly PartnerRequest[],
): AskedReservation => ({ id: 'r', state: 'COMMITTED', allocations, consumed: [], partnerRequests });

test.each([
  ['all of both', ['cup', 'tea'], ['r/p1/1', 'r/p1/2']],
  ['what it was asked for first', ['cup'], ['r/p1/1']],
  ['what it was asked for then', ['tea'], ['r/p1/2']],
])('a partner that was asked twice and delivers %s keeps no more than that booked', (_name, left, needed) => {
  const one = (sku: string) => ({ sku, quantity: 1 });
  const asked = [
    confirmedTo('p1', 1, one('cup')),
    failed('p2', 1, one('tea')),
    confirmedTo('p1', 2, one('tea')),
  ];
  const allocations = left.map((sku) => ({ ...one(sku), nodeId: 'p1' }));
  expect(neededOf(delivering(allocations, asked)).map(({ key }) => key)).toEqual(needed);
});

test('what is not delivered any more is taken off what was asked for last', () => {
  const tea = (quantity: number) => ({ sku: 'tea', quantity });
  const asked = [confirmedTo('p1', 1, tea(2)), failed('p2', 1, tea(3)), confirmedTo('p1', 2, tea(3))];
  const needed = [5, 4, 2, 1].map((quantity) =>
    neededOf(delivering([{ ...tea(quantity), nodeId: 'p1' }], asked)).map((one) =>
      one.needed.map((line) => line.quantity),
    ),
  );
  expect(needed).toEqual([[[2], [3]], [[2], [2]], [[2]], [[1]]]);
});

test('a request without a reply is not needed: whatever it has booked is too much', () => {
  const asked = [{ ...confirmedTo('p1', 1, { sku: 'tea', quantity: 1 }), word: null }];
  const reservation = delivering([{ sku: 'tea', nodeId: 'p1', quantity: 1 }], asked);
  expect(neededOf(reservation)).toEqual([]);
  expect(hasSurplus(reservation)).toBe(true);
});

test('the parts of a key are told apart, whatever they contain', () => {
  expect(bookingKey('r/1', 'p', 1)).not.toBe(bookingKey('r', '1/p', 1));
});

test.each([
  [[{ sku: 'tea', quantity: 2 }], false],
  [[{ sku: 'tea', quantity: 3 }], true],
  [[{ sku: 'cup', quantity: 1 }], true],
  [[], false],
  // Any split of a partner's quantity over lines.
  [
    [
      { sku: 'tea', quantity: 2 },
      { sku: 'tea', quantity: 1 },
    ],
    true,
  ],
])('a booking of %j is more than two of tea: %s', (lines, isMore) => {
  expect(exceeds(lines, [{ sku: 'tea', quantity: 2 }])).toBe(isMore);
});

test.each([
  [undefined, { isToBeTold: true, keepsMore: false }],
  [3, { isToBeTold: true, keepsMore: true }],
  [2, { isToBeTold: false, keepsMore: false }],
  [1, { isToBeTold: false, keepsMore: false }],
])(
  'a partner that was asked for three, of which two are needed, and says it has %s',
  (quantity, expected) => {
    const tea = (units: number) => [{ sku: 'tea', quantity: units }];
    const need = { key: 'r/p1/1', asked: tea(3), needed: tea(2) };
    const said = quantity === undefined ? undefined : tea(quantity);
    expect({ isToBeTold: isTooMuch(need, said), keepsMore: keepsMore(need, said) }).toEqual(expected);
  },
);

test('a reservation that no partner was asked for has no surplus', () => {
  const reservation = delivering([{ sku: 'tea', nodeId: 'w1', quantity: 1 }], []);
  expect(partnersAsked(reservation)).toEqual([]);
  expect(hasSurplus(reservation)).toBe(false);
});

test.each([
  [{ kind: 'refused', reason: 'NOT_IN_STOCK' }, false, 'NOT_IN_STOCK'],
  [{ kind: 'refused', reason: 'NOT_IN_STOCK' }, true, 'NO_CAPACITY'],
  [{ kind: 'refused', reason: 'NO_CAPACITY' }, false, 'NO_CAPACITY'],
  [{ kind: 'refused', reason: 'UNREACHABLE' }, false, 'NO_CAPACITY'],
  [{ kind: 'refused', reason: 'ON_HOLIDAY' }, false, 'NO_CAPACITY'],
  [{ kind: 'unreachable' }, true, 'UNREACHABLE'],
] as const)('%j, from a partner that had confirmed a part: %s, means %s', (word, hadConfirmed, reason) => {
  expect(refusalReasonOf(word, hadConfirmed)).toBe(reason);
});
