import fc from 'fast-check';
import {
  appliesTo,
  type CapEvent,
  type CapFacts,
  capRoom,
  claimsOn,
  evolveCap,
  evolveCapFacts,
} from '../../../../src/domain/inventory/limits/sales-cap';
import { later, NOON } from '../inventory-samples';
import { aBuyer, aCap } from '../reservation-samples';

const facts = (limit: number, usedNow = 0, over: Parameters<typeof aCap>[1] = {}): CapFacts => ({
  cap: aCap(limit, over),
  isActive: true,
  used: usedNow,
  usedNow,
});

const claim = (type: 'claimed' | 'claim-kept' | 'claim-returned', quantity: number): CapEvent => ({
  type: `inventory.cap-${type}.v1`,
  data: { reservationId: 'rsv_1', quantity, expiresAt: null },
});

describe('whether a cap applies', () => {
  const ann = aBuyer({ channel: 'web', customerId: 'ann' });
  const hour = { start: NOON, end: later(NOON, 3600) };

  test.each<[string, boolean, Parameters<typeof aCap>[1], string]>([
    ['to its items', true, {}, NOON],
    ['to no other', false, { skus: ['cup', 'te'] }, NOON],
    ['from its start on', true, hour, NOON],
    ['not an instant before', false, hour, later(NOON, -0.001)],
    ['to an instant before its end', true, hour, later(NOON, 3599.999)],
    ['not at its end', false, hour, later(NOON, 3600)],
    ['to its channel', true, { channel: 'web' }, NOON],
    ['to no other channel', false, { channel: 'app' }, NOON],
    ['to its customer', true, { customerId: 'ann' }, NOON],
    ['to no other customer', false, { customerId: 'bob' }, NOON],
    ['to both', true, { channel: 'web', customerId: 'ann' }, NOON],
    ['not to one of them', false, { channel: 'web', customerId: 'bob' }, NOON],
  ])('%s: %s', (_name, expected, over, now) => {
    expect(appliesTo(facts(1, 0, over), 'tea', ann, now)).toBe(expected);
  });

  test('to nobody of whom the channel or customer is not said', () => {
    expect(appliesTo(facts(1, 0, { channel: 'web' }), 'tea', aBuyer(), NOON)).toBe(false);
    expect(appliesTo(facts(1, 0, { customerId: 'ann' }), 'tea', aBuyer(), NOON)).toBe(false);
  });

  test('whatever the offsets its moments are written in', () => {
    const cap = facts(1, 0, { start: '2026-03-01T13:00:00+01:00', end: '2026-03-01T12:00:00.001Z' });
    expect(appliesTo(cap, 'tea', aBuyer(), NOON)).toBe(true);
    expect(appliesTo(cap, 'tea', aBuyer(), later(NOON, 0.001))).toBe(false);
  });

  test('not once it is removed', () => {
    const removed = evolveCapFacts(facts(1), { type: 'inventory.cap-removed.v1', data: { id: 'cap_1' } });
    expect(appliesTo(removed, 'tea', aBuyer(), NOON)).toBe(false);
  });
});

describe('what a request claims', () => {
  test('the sum over the items of each cap, and nothing of those that do not apply', () => {
    const demands = [
      { sku: 'cup', quantity: 2 },
      { sku: 'pot', quantity: 4 },
      { sku: 'tea', quantity: 3 },
    ];
    const both = facts(1, 0, { id: 'both', skus: ['tea', 'cup'] });
    const other = facts(1, 0, { id: 'other', skus: ['jar'] });
    const web = facts(1, 0, { id: 'web', skus: ['pot'], channel: 'web' });
    const pot = facts(1, 0, { id: 'pot', skus: ['pot'] });
    expect(claimsOn([both, other, web, pot], demands, aBuyer(), NOON)).toEqual([
      { facts: both, quantity: 5 },
      { facts: pot, quantity: 4 },
    ]);
  });
});

describe('the room of a cap', () => {
  test('is what is not used now; one that was lowered below its use has none', () => {
    expect(capRoom(facts(5, 3))).toBe(2);
    expect(capRoom(facts(5, 5))).toBe(0);
    expect(capRoom(facts(5, 7))).toBe(0);
    expect(capRoom({ ...facts(5), used: 5, usedNow: 1 })).toBe(4);
  });
});

describe('what was claimed of a cap', () => {
  test('outlasts its removal, and a cap that is set again', () => {
    const events: CapEvent[] = [
      { type: 'inventory.cap-set.v1', data: aCap(5) },
      claim('claimed', 3),
      claim('claim-kept', 3),
      { type: 'inventory.cap-removed.v1', data: { id: 'cap_1' } },
      { type: 'inventory.cap-set.v1', data: aCap(9) },
      claim('claim-returned', 1),
    ];
    const state = events.reduce<ReturnType<typeof evolveCap>>(evolveCap, undefined);
    expect(state).toEqual({ cap: aCap(9), isActive: true, used: 2 });
  });

  test('is nothing where no cap was ever set', () => {
    for (const event of [claim('claimed', 3), claim('claim-kept', 3), claim('claim-returned', 3)])
      expect(evolveCap(undefined, event)).toBeUndefined();
    expect(evolveCap(undefined, { type: 'inventory.cap-removed.v1', data: { id: 'x' } })).toBeUndefined();
  });

  test('within a set: a share given back frees no more than the live ones leave', () => {
    // 5 units expired and 3 live: returning expired units frees nothing; returning live ones may show late.
    const some: CapFacts = { ...facts(8), used: 8, usedNow: 3 };
    expect(evolveCapFacts(some, claim('claim-returned', 5))).toMatchObject({ used: 3, usedNow: 3 });
    expect(evolveCapFacts(some, claim('claim-returned', 6))).toMatchObject({ used: 2, usedNow: 2 });
    expect(evolveCapFacts(some, claim('claimed', 2))).toMatchObject({ used: 10, usedNow: 5 });
    expect(evolveCapFacts(some, claim('claim-kept', 3))).toEqual(some);
  });

  test('within a set: whatever comes back, never less is used than is live, and never more than all of it', () => {
    const share = fc.record({ quantity: fc.integer({ min: 1, max: 9 }), isExpired: fc.boolean() });
    fc.assert(
      fc.property(fc.array(share), fc.array(fc.boolean()), (shares, returned) => {
        const sum = (some: typeof shares) => some.reduce((total, { quantity }) => total + quantity, 0);
        const live = (some: typeof shares) => sum(some.filter(({ isExpired }) => !isExpired));
        const begun = { ...facts(99), used: sum(shares), usedNow: live(shares) };
        const back = shares.filter((_, at) => returned[at]);
        const left = shares.filter((_, at) => !returned[at]);
        const after = back.reduce(
          (cap, { quantity }) => evolveCapFacts(cap, claim('claim-returned', quantity)),
          begun,
        );
        expect(after.used).toBe(sum(left));
        expect(after.usedNow).toBeGreaterThanOrEqual(live(left));
        expect(after.usedNow).toBeLessThanOrEqual(sum(left));
      }),
    );
  });
});
