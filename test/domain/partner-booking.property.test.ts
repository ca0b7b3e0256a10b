import fc from 'fast-check';
import { bookingKey, bookingsOf, refusalReasonOf } from '../../src/domain/inventory/partner-booking';

const PARTNERS = ['p1', 'p2', 'p3'];
const NODES = [...PARTNERS, 'w1'];

/** One question after the other: who is asked, and whether it agrees. Whoever refuses loses all of its part. */
const play = fc.array(fc.record({ node: fc.constantFrom(...PARTNERS), agrees: fc.boolean() }), {
  maxLength: 12,
});
const others = fc.subarray(NODES);

function played(questions: readonly { readonly node: string; readonly agrees: boolean }[]) {
  const blocked: { nodeId: string }[] = [];
  const asked = new Set<string>();
  let agreed: { node: string; key: string }[] = [];
  for (const { node, agrees } of questions) {
    const key = bookingKey('r', node, blocked.length + 1);
    asked.add(key);
    if (agrees) agreed.push({ node, key });
    else {
      agreed = agreed.filter((booking) => booking.node !== node);
      blocked.push({ nodeId: node });
    }
  }
  return { blocked, asked, agreed };
}

test('whatever was asked is found, what was agreed to is needed, and nothing else that was asked is', () => {
  fc.assert(
    fc.property(play, others, (questions, also) => {
      const { blocked, asked, agreed } = played(questions);
      const nodes = [...new Set([...agreed.map(({ node }) => node), ...also.filter((id) => id === 'w1')])];
      const allocations = nodes.map((nodeId) => ({ nodeId }));
      const found = bookingsOf({ id: 'r', allocations, blocked }, PARTNERS);
      const keys = found.map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining([...asked]));
      expect(new Set(keys).size).toBe(keys.length);
      const needed = found.filter(({ isNeeded, key }) => isNeeded && asked.has(key)).map(({ key }) => key);
      expect(needed.sort()).toEqual([...new Set(agreed.map(({ key }) => key))].sort());
    }),
  );
});

test('what a partner gives back of an approved order ends no round: what it was booked for stays booked', () => {
  fc.assert(
    fc.property(play, others, (questions, later) => {
      const { blocked, agreed } = played(questions);
      const allocations = [...new Set(agreed.map(({ node }) => node))].map((nodeId) => ({ nodeId }));
      const since = later.map((nodeId) => ({ nodeId, isApproved: true }));
      const asked = { id: 'r', allocations };
      const before = bookingsOf({ ...asked, blocked }, PARTNERS);
      expect(bookingsOf({ ...asked, blocked: [...blocked, ...since] }, PARTNERS)).toEqual(before);
    }),
  );
});

test('a node that is no partner was never asked', () => {
  const reservation = { id: 'r', allocations: [{ nodeId: 'w1' }], blocked: [{ nodeId: 'w2' }] };
  expect(bookingsOf(reservation, PARTNERS)).toEqual([]);
});

test.each([
  ['NOT_IN_STOCK', 'NOT_IN_STOCK'],
  ['UNREACHABLE', 'UNREACHABLE'],
  ['NO_CAPACITY', 'NO_CAPACITY'],
  ['ON_HOLIDAY', 'NO_CAPACITY'],
])('%s means %s to us', (word, reason) => {
  expect(refusalReasonOf(word)).toBe(reason);
});
