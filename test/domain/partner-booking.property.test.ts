import fc from 'fast-check';
import type { StockFacts } from '../../src/domain/inventory/node-terms';
import {
  type AskedReservation,
  bookingKey,
  keysNeeded,
  partnersAsked,
  refusalReasonOf,
  surplusIn,
} from '../../src/domain/inventory/partner-booking';
import type { Allocation } from '../../src/domain/inventory/sourcing';
import { aNode, aStock, factsOf } from './inventory-samples';

const PARTNERS = ['p1', 'p2', 'p3'];
const NODES = [...PARTNERS, 'w1'];
const SKUS = ['cup', 'tea'];

/** Shares of items that nodes have, dealt out as the numbers say. */
const dealt = fc.array(fc.record({ sku: fc.constantFrom(...SKUS), nodeId: fc.constantFrom(...NODES) }), {
  minLength: 1,
  maxLength: 6,
});

interface Played {
  readonly reservation: AskedReservation;
  readonly asked: ReadonlySet<string>;
  /** Whatever partners have booked, needed or not. */
  readonly booked: readonly string[];
  /** What was agreed to and not taken back: under which key, and what for. */
  readonly agreed: readonly {
    readonly nodeId: string;
    readonly key: string;
    readonly skus: readonly string[];
  }[];
}

/**
 * An order that is confirmed as `confirmWithPartners` does it: who refuses loses all it has, which goes to `heirs`. An
 * heir who is blocked for an item does not get it; then the warehouse does.
 */
function confirmed(
  units: readonly Allocation[],
  answers: readonly boolean[],
  heirs: readonly string[],
): Played {
  let allocations = units;
  let agreed: Played['agreed'] = [];
  const blocked: { nodeId: string; skus: readonly string[] }[] = [];
  const asked = new Set<string>();
  const booked: string[] = [];
  const rounds = [units];
  for (let question = 0; ; question += 1) {
    const lacking = allocations.filter(
      ({ nodeId, sku }) =>
        PARTNERS.includes(nodeId) && !agreed.some((one) => one.nodeId === nodeId && one.skus.includes(sku)),
    );
    const nodeId = lacking[0]?.nodeId;
    if (nodeId === undefined) break;
    const skus = [...new Set(lacking.filter((one) => one.nodeId === nodeId).map(({ sku }) => sku))];
    const key = bookingKey('r', nodeId, rounds.length);
    asked.add(key);
    if (answers[question] ?? true) {
      booked.push(key);
      agreed = [...agreed, { nodeId, key, skus }];
      continue;
    }
    const lost = allocations.filter((one) => one.nodeId === nodeId);
    blocked.push({ nodeId, skus: lost.map(({ sku }) => sku) });
    agreed = agreed.filter((one) => one.nodeId !== nodeId);
    const heir = heirs[question] ?? 'w1';
    const isBlocked = (sku: string) => blocked.some((one) => one.nodeId === heir && one.skus.includes(sku));
    // More of what it has agreed to already is another question too, which this play leaves out.
    const hasIt = (sku: string) => allocations.some((one) => one.nodeId === heir && one.sku === sku);
    allocations = allocations.map((one) =>
      one.nodeId === nodeId ? { ...one, nodeId: isBlocked(one.sku) || hasIt(one.sku) ? 'w1' : heir } : one,
    );
    rounds.push(allocations);
  }
  const reservation = { id: 'r', state: 'COMMITTED', allocations, consumed: [], rounds } as const;
  return { reservation, asked, booked, agreed };
}

const orders = fc
  .tuple(
    dealt,
    fc.array(fc.boolean(), { maxLength: 8 }),
    fc.array(fc.constantFrom(...NODES), { maxLength: 8 }),
  )
  .map(([units, answers, heirs]) =>
    confirmed(
      units.map((one) => ({ ...one, quantity: 1 })),
      answers,
      heirs,
    ),
  );

type Change =
  | { readonly do: 'ship' | 'give back' | 'reject'; readonly at: number }
  | { readonly do: 'cancel' };

const changes = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('ship' as const, 'give back' as const),
      at: fc.nat(5),
    }),
    fc.record({ do: fc.constant('cancel' as const) }),
  ),
  { maxLength: 8 },
);

/** What a change of an approved order leaves, and what it gives back. */
function changed(before: AskedReservation, change: Change) {
  const { allocations, consumed } = before;
  if (change.do === 'cancel') {
    const state = consumed.length > 0 ? ('CONSUMED' as const) : ('RELEASED' as const);
    // As it is in the rows: one that is released at once still says what it had.
    const left = consumed.length > 0 ? [] : allocations;
    return { after: { ...before, state, allocations: left }, released: allocations, left: [] };
  }
  const units = allocations[change.at];
  if (!units || before.state !== 'COMMITTED') return { after: before, released: [], left: allocations };
  const left = allocations.filter((one) => one !== units);
  const after = { ...before, allocations: left };
  if (change.do === 'ship')
    return { after: { ...after, consumed: [...consumed, units] }, released: [], left };
  return { after, released: [units], left };
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
  partnersAsked(reservation, PARTNERS).flatMap(({ askings }) => askings.map(({ key }) => key));

const neededOf = (reservation: AskedReservation, booked: readonly string[]) =>
  partnersAsked(reservation, PARTNERS).flatMap((asked) => keysNeeded(asked, booked));

test('whatever was asked is found, what was agreed to is needed, and nothing else that was asked is', () => {
  fc.assert(
    fc.property(orders, ({ reservation, asked, booked, agreed }) => {
      const keys = keysOf(reservation);
      expect(keys).toEqual(expect.arrayContaining([...asked]));
      expect(new Set(keys).size).toBe(keys.length);
      const needed = neededOf(reservation, booked).filter((key) => booked.includes(key));
      expect(needed.sort()).toEqual(agreed.map(({ key }) => key).sort());
    }),
    { numRuns: 500 },
  );
});

test('whatever becomes of it after its approval, booked is what has shipped or is still to ship, and no more', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation, asked, booked, agreed }, played) => {
      let now = reservation;
      for (const change of played) {
        now = changed(now, change).after;
        expect(keysOf(now)).toEqual(expect.arrayContaining([...asked]));
        const delivered = [...now.consumed, ...(now.state === 'COMMITTED' ? now.allocations : [])];
        const counted = agreed.filter(({ nodeId, skus }) =>
          delivered.some((units) => units.nodeId === nodeId && skus.includes(units.sku)),
        );
        const needed = neededOf(now, booked).filter((key) => booked.includes(key));
        expect(needed.sort()).toEqual(counted.map(({ key }) => key).sort());
      }
    }),
    { numRuns: 500 },
  );
});

test('a booking that is cancelled leaves the others as needed as they were', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation, booked }, played) => {
      const end = played.reduce((now, change) => changed(now, change).after, reservation);
      const needed = neededOf(end, booked).filter((key) => booked.includes(key));
      expect(neededOf(end, needed).filter((key) => needed.includes(key))).toEqual(needed);
    }),
  );
});

test('a booking is not given up unseen: what is given back says so', () => {
  fc.assert(
    fc.property(orders, changes, ({ reservation, booked }, played) => {
      let now = reservation;
      for (const change of played) {
        const { after, released, left } = changed(now, change);
        const stillNeeded = neededOf(after, booked);
        const isGivenUp = neededOf(now, booked).some((key) => !stillNeeded.includes(key));
        const { hasSurplus } = surplusIn(released, { allocations: left, consumed: now.consumed }, { facts });
        if (isGivenUp) expect(hasSurplus).toBe(true);
        if (released.every(({ nodeId }) => nodeId === 'w1')) expect(hasSurplus).toBeUndefined();
        now = after;
      }
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['all of both', ['cup', 'tea'], ['r/p1/1', 'r/p1/2']],
  ['what it was asked for first', ['cup'], ['r/p1/1']],
  ['what it was asked for then', ['tea'], ['r/p1/2']],
])('a partner that was asked twice and delivers %s keeps no more than that booked', (_name, left, needed) => {
  const at = (sku: string, nodeId: string) => ({ sku, nodeId, quantity: 1 });
  const rounds = [
    [at('cup', 'p1'), at('tea', 'p2')],
    [at('cup', 'p1'), at('tea', 'p1')],
  ];
  const allocations = left.map((sku) => at(sku, 'p1'));
  const reservation = { id: 'r', state: 'COMMITTED', allocations, consumed: [], rounds } as const;
  expect(neededOf(reservation, ['r/p1/1', 'r/p1/2'])).toEqual(needed);
});

test('a node that is no partner was never asked', () => {
  const units = [{ sku: 'tea', nodeId: 'w1', quantity: 1 }];
  const reservation = { id: 'r', state: 'COMMITTED', allocations: units, consumed: [] } as const;
  expect(partnersAsked({ ...reservation, rounds: [units, units] }, PARTNERS)).toEqual([]);
});

test.each([
  ['NOT_IN_STOCK', 'NOT_IN_STOCK'],
  ['UNREACHABLE', 'UNREACHABLE'],
  ['NO_CAPACITY', 'NO_CAPACITY'],
  ['ON_HOLIDAY', 'NO_CAPACITY'],
])('%s means %s to us', (word, reason) => {
  expect(refusalReasonOf(word)).toBe(reason);
});
