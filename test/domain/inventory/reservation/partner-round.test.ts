import {
  bookingsNeeded,
  hasSurplus,
  partnersAsked,
} from '../../../../src/domain/inventory/reservation/partner-booking';
import { type PartnerReply, standing } from '../../../../src/domain/inventory/reservation/partner-request';
import type { Item } from '../../../../src/domain/inventory/setup/set-up';
import { InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, NOON } from '../inventory-samples';
import { limitedTo, order, refusal, teas, typesOf } from '../reservation-samples';

const ID = 'rsv_order';
const YES: PartnerReply = { kind: 'confirmed', references: ['b1'] };
const NO: PartnerReply = { kind: 'refused', reason: 'NO_CAPACITY' };
const NONE: PartnerReply = { kind: 'refused', reason: 'NOT_IN_STOCK' };
const SILENCE: PartnerReply = { kind: 'unreachable' };

/** Creates partners p1, p2, ... and a warehouse `w`, with these counts of tea and of cups. */
function partners(
  tea: Readonly<Record<string, number>>,
  cup: Readonly<Record<string, number>> = {},
  over: Partial<Item> = {},
): InventoryLedger {
  const names = [1, 2, 3, 4, 5, 6].map((number) => `p${number}`);
  const nodes = [
    ...names.map((id, at) => aNode(id, { kind: 'partner', priority: at + 1 })),
    aNode('w', { priority: 9 }),
  ];
  const ledger = new InventoryLedger(nodes, ['tea', 'cup'], NOON, [anItem('tea', over), anItem('cup')]);
  for (const [nodeId, count] of Object.entries(tea)) ledger.count('tea', nodeId, aCount(count));
  for (const [nodeId, count] of Object.entries(cup)) ledger.count('cup', nodeId, aCount(count));
  return ledger;
}

const asked = (nodeId: string, round: number, lines = teas(3)) => ({
  kind: 'ask',
  reservationId: ID,
  nodeId,
  round,
  lines,
});
const cups = (quantity: number) => [{ sku: 'cup', quantity }];
const note = (ledger: InventoryLedger, nodeId: string, round: number, word: PartnerReply) =>
  ledger.noteReply(ID, { nodeId, round, word });
const reservationOf = (ledger: InventoryLedger) => {
  const reservation = ledger.reservation(ID);
  if (!reservation) throw new Error('there is no reservation');
  return reservation;
};
const neededOf = (ledger: InventoryLedger) => partnersAsked(reservationOf(ledger)).flatMap(bookingsNeeded);
const keysOf = (ledger: InventoryLedger) =>
  partnersAsked(reservationOf(ledger)).flatMap(({ askings }) => askings.map(({ key }) => key));

describe('a request', () => {
  test('is written down before the partner is called, and its answer is for now', () => {
    const ledger = partners({ p1: 3 });
    ledger.reserve(order(3));
    const { answer, events, isForNow } = ledger.askPartners(ID);
    expect(answer).toEqual(asked('p1', 1));
    expect(isForNow).toBe(true);
    expect(events).toEqual([
      {
        of: 'reservation',
        reservationId: ID,
        event: {
          type: 'inventory.partner-asked.v1',
          data: { nodeId: 'p1', round: 1, lines: teas(3) },
        },
      },
    ]);
  });

  test('without a reply is made again under the same key', () => {
    const ledger = partners({ p1: 3 });
    ledger.reserve(order(3));
    const { answer } = ledger.askPartners(ID);
    expect(ledger.askPartners(ID)).toEqual({ answer, events: [], isForNow: true });
  });

  test('is made of no partner where the units lie with our own nodes', () => {
    const ledger = partners({ w: 3 });
    ledger.reserve(order(3));
    const { answer, events, isForNow } = ledger.askPartners(ID);
    expect(answer).toMatchObject({ kind: 'done', reservationId: ID, partners: [], hasSurplus: false });
    expect([events, isForNow]).toEqual([[], undefined]);
  });

  test('is refused for a reservation that is not, or is only held', () => {
    const ledger = partners({ p1: 3 });
    expect(ledger.askPartners(ID)).toEqual({ answer: refusal('RELEASED_EARLIER'), events: [] });
    ledger.reserve(order(3, { ttlSeconds: 60 }));
    expect(ledger.askPartners(ID)).toEqual({ answer: refusal('RELEASED_EARLIER'), events: [] });
  });
});

describe('a confirmation', () => {
  test('of the last partner ends the round: the order has what it was promised', () => {
    const ledger = partners({ p1: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    const { answer, events, isForNow } = note(ledger, 'p1', 1, YES);
    expect(answer).toEqual({
      kind: 'done',
      reservationId: ID,
      allocations: [{ sku: 'tea', nodeId: 'p1', quantity: 3 }],
      backordered: [],
      partners: ['p1'],
      expiresAt: null,
      hasSurplus: false,
    });
    expect(typesOf(events)).toEqual(['partner-replied.v1']);
    expect(events[0]?.event.data).toEqual({ nodeId: 'p1', round: 1, lines: teas(3), word: YES });
    expect(isForNow).toBeUndefined();
  });

  test('is followed by the request to the next partner in the same decision', () => {
    const ledger = partners({ p1: 3 }, { p2: 1 });
    ledger.reserve(order(3, { demands: [...cups(1), ...teas(3)] }));
    expect(ledger.askPartners(ID).answer).toEqual(asked('p2', 1, cups(1)));
    const { answer, events } = note(ledger, 'p2', 1, YES);
    expect(answer).toEqual(asked('p1', 1));
    expect(typesOf(events)).toEqual(['partner-replied.v1', 'partner-asked.v1']);
  });

  test('with more than one reference leaves a surplus, and keeps the first', () => {
    const ledger = partners({ p1: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    const { answer } = note(ledger, 'p1', 1, { kind: 'confirmed', references: ['b1', 'b2'] });
    expect(answer).toMatchObject({ kind: 'done', hasSurplus: true });
    expect(neededOf(ledger)).toMatchObject([{ key: `${ID}/p1/1`, reference: 'b1' }]);
  });
});

describe('a failure', () => {
  test.each([
    ['refusal', NO],
    ['silence', SILENCE],
  ])('by %s begins a round with another node in the same decision, and leaves a surplus', (_name, word) => {
    const ledger = partners({ p1: 3, p2: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    const { answer, events } = note(ledger, 'p1', 1, word);
    expect(answer).toEqual(asked('p2', 2));
    expect(typesOf(events)).toEqual([
      'partner-replied.v1',
      'reservation-resourced.v1',
      'committed-stock-released.v1',
      'stock-committed.v1',
      'partner-asked.v1',
    ]);
    expect(note(ledger, 'p2', 2, YES).answer).toMatchObject({ kind: 'done', hasSurplus: true });
    expect(neededOf(ledger).map(({ key }) => key)).toEqual([`${ID}/p2/2`]);
    expect(keysOf(ledger)).toEqual([`${ID}/p1/1`, `${ID}/p2/2`]);
  });

  test('says nothing of the stock of a partner that is silent; a refusal for want of stock empties it', () => {
    const ledger = partners({ p1: 3, p2: 3, w: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    expect(typesOf(note(ledger, 'p1', 1, SILENCE).events)).not.toContain('stock-refused.v1');
    expect(typesOf(note(ledger, 'p2', 2, NONE).events)).toContain('stock-refused.v1');
    expect(ledger.askPartners(ID).answer).toMatchObject({ kind: 'done', partners: [], hasSurplus: true });
  });

  test('after a confirmation loses that as well, and says nothing of the stock of all that is lost', () => {
    const ledger = askedForMore();
    const { answer, events } = note(ledger, 'p2', 2, NONE);
    expect(answer).toMatchObject({ kind: 'done', partners: [], hasSurplus: true });
    expect(typesOf(events)).not.toContain('stock-refused.v1');
    expect(reservationOf(ledger).exclusions).toMatchObject([
      { nodeId: 'p1', sku: 'tea' },
      { nodeId: 'p2', sku: 'cup', reason: 'NO_CAPACITY' },
      { nodeId: 'p2', sku: 'tea', reason: 'NO_CAPACITY' },
    ]);
    expect(neededOf(ledger)).toEqual([]);
    expect([...keysOf(ledger)].sort()).toEqual([`${ID}/p1/1`, `${ID}/p2/1`, `${ID}/p2/2`]);
  });

  test('of another partner leaves what was confirmed as it is: only the rest is asked for', () => {
    const ledger = askedForMore();
    expect(note(ledger, 'p2', 2, YES).answer).toMatchObject({ kind: 'done', partners: ['p2'] });
    expect(neededOf(ledger)).toMatchObject([
      { key: `${ID}/p2/1`, needed: cups(1) },
      { key: `${ID}/p2/2`, needed: teas(3) },
    ]);
  });
});

describe('what no other node makes good', () => {
  test('is waited for in the queue of the item where no node has it', () => {
    const ledger = partners({ p1: 3 }, {}, limitedTo(3));
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    expect(note(ledger, 'p1', 1, NO).answer).toMatchObject({ kind: 'done', backordered: [{ quantity: 3 }] });
  });

  test.each([
    ['a refusal', NO, 'OUT_OF_STOCK'],
    ['silence', SILENCE, 'PARTNER_UNREACHABLE'],
  ])('ends the order, with the reason of the last failure: %s', (_name, word, reason) => {
    const ledger = partners({ p1: 3, p2: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    note(ledger, 'p1', 1, word === NO ? SILENCE : NO);
    const { answer, isForNow } = note(ledger, 'p2', 2, word);
    expect(answer).toEqual(refusal(reason));
    expect(isForNow).toBeUndefined();
    expect(ledger.askPartners(ID)).toEqual({ answer, events: [] });
    expect(note(ledger, 'p2', 2, YES)).toEqual({ answer, events: [] });
  });

  test.each([
    ['a refusal', NONE, 'NO_SOURCING_FOUND'],
    ['silence', SILENCE, 'PARTNER_UNREACHABLE'],
  ])('more than four times ends the order, whoever has stock: %s', (_name, word, reason) => {
    const ledger = partners({ p1: 3, p2: 3, p3: 3, p4: 3, p5: 3, p6: 3, w: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    for (const round of [1, 2, 3, 4])
      expect(note(ledger, `p${round}`, round, word).answer).toEqual(asked(`p${round + 1}`, round + 1));
    const { answer, events } = note(ledger, 'p5', 5, word);
    expect(answer).toEqual(refusal(reason));
    expect(typesOf(events).includes('stock-refused.v1')).toBe(word === NONE);
    expect(ledger.state().stock.get('tea/p5')).toMatchObject({ committed: 0 });
    expect(ledger.askPartners(ID)).toEqual({ answer, events: [] });
  });
});

/** Creates a partner that has confirmed cups and is now asked for tea that another partner refused. */
function askedForMore(): InventoryLedger {
  const ledger = partners({ p1: 3 }, { p2: 1 });
  ledger.reserve(order(3, { demands: [...cups(1), ...teas(3)] }));
  for (const nodeId of ['p2', 'w']) ledger.count('tea', nodeId, aCount(3));
  ledger.count('cup', 'w', aCount(1));
  expect(ledger.askPartners(ID).answer).toEqual(asked('p2', 1, cups(1)));
  expect(note(ledger, 'p2', 1, YES).answer).toEqual(asked('p1', 1));
  expect(note(ledger, 'p1', 1, NO).answer).toEqual(asked('p2', 2));
  return ledger;
}

test('a failure of a partner ends what it confirmed before, and nothing that others confirm or it confirms later', () => {
  const request = (nodeId: string, round: number, word: PartnerReply | null) => ({
    nodeId,
    round,
    lines: teas(1),
    word,
  });
  const later = [request('p1', 3, YES), request('p1', 4, null)];
  const requests = [request('p1', 1, YES), request('p2', 1, YES), request('p1', 2, NO), ...later];
  expect(standing(requests)).toEqual([requests[1], requests[3]]);
});

describe('a second reply to the same request', () => {
  test.each([
    ['agrees', YES],
    ['differs', NO],
    ['is silence', SILENCE],
  ])('changes nothing where it %s, and is told what followed from the first', (_name, second) => {
    const ledger = partners({ p1: 3, p2: 3 }, { p2: 1 });
    ledger.reserve(order(3, { demands: teas(3) }));
    ledger.askPartners(ID);
    const first = note(ledger, 'p1', 1, YES);
    expect(note(ledger, 'p1', 1, second)).toEqual({ answer: first.answer, events: [] });
  });

  test('comes too late for a round that is over, and is told of the request that is open', () => {
    const ledger = partners({ p1: 3, p2: 3 });
    ledger.reserve(order(3));
    ledger.askPartners(ID);
    const { answer } = note(ledger, 'p1', 1, SILENCE);
    expect(note(ledger, 'p1', 1, YES)).toEqual({ answer, events: [], isForNow: true });
  });

  test('is no reply at all to a request that was never made', () => {
    const ledger = partners({ p1: 3 });
    ledger.reserve(order(3));
    expect(() => note(ledger, 'p1', 1, YES)).toThrow('has no request to p1 in round 1');
    ledger.askPartners(ID);
    expect(() => note(ledger, 'p1', 2, YES)).toThrow('round 2');
  });
});

describe('a reservation that is released while a partner is asked', () => {
  test('begins no round, whatever the partner says; every key it has given out is surplus', () => {
    const ledger = askedForMore();
    ledger.release(ID);
    const length = ledger.log.length;
    const over = { answer: refusal('RELEASED_EARLIER'), events: [] };
    expect(ledger.askPartners(ID)).toEqual(over);
    for (const word of [YES, NO, SILENCE]) expect(note(ledger, 'p2', 2, word)).toEqual(over);
    expect(ledger.log).toHaveLength(length);
    expect(neededOf(ledger)).toEqual([]);
    expect([...keysOf(ledger)].sort()).toEqual([`${ID}/p1/1`, `${ID}/p2/1`, `${ID}/p2/2`]);
    expect(hasSurplus(reservationOf(ledger))).toBe(true);
  });
});
