import fc from 'fast-check';
import type { Buyer } from '../../../src/domain/inventory/limits/eligibility';
import { nodeTerms } from '../../../src/domain/inventory/offer/node-terms';
import type { Offer } from '../../../src/domain/inventory/offer/offer';
import type { InventoryEvent } from '../../../src/domain/inventory/reservation/reservation';
import { offersFor, type ReserveRequest } from '../../../src/domain/inventory/reservation/reserve';
import { assertUntilSeen } from '../until-seen';
import { sum } from './inventory-book';
import { fold, total } from './inventory-ledger';
import { Play } from './inventory-play';
import { throughJson } from './inventory-samples';
import { KEYS, SKUS, type Story, stories } from './inventory-story';

const onHand = stories('on_hand');
const available = stories('available');
const ofEither = fc.oneof(onHand, available);

const buyers: fc.Arbitrary<Buyer> = fc.record({
  region: fc.constantFrom('north', 'south'),
  channel: fc.constantFrom(null, 'web', 'app'),
  shippingMethod: fc.constantFrom(null, 'express', 'post'),
  customerId: fc.constantFrom(null, 'ann'),
});

/** Plays a story and begins a new batch, in which figures that were conservative within a batch are exact again. */
function played(story: Story, seconds = 0): Play {
  const play = new Play(story).run();
  play.step({ do: 'wait', seconds });
  return play;
}

describe('whatever is counted, reserved, adopted, re-sourced, filled, released and expired, under any caps and rules', () => {
  test.each([
    ['on hand', onHand],
    ['available', available],
  ])('I1: every answer is one that the book agrees with (%s)', (_basis, arbitrary) => {
    const seen = new Set<string>();
    const property = fc.property(arbitrary, (story) => {
      for (const { event } of new Play(story).run().ledger.log) seen.add(event.type);
    });
    const often = [
      'hold-adopted',
      'reservation-resourced',
      'reservation-filled',
      'reservation-expired',
      'backorder-placed',
      'backorder-filled',
      'backorder-withdrawn',
      'cap-claimed',
      'cap-claim-kept',
      'cap-claim-returned',
      'stock-refused',
    ];
    assertUntilSeen(property, 120, () => often.filter((type) => !seen.has(`inventory.${type}.v1`)));
  });
});

const probe = (sku: string, quantity: number, buyer: Buyer): ReserveRequest => ({
  reservationId: 'rsv_probe',
  caller: 'shop',
  orderId: 'ord_probe',
  demands: [{ sku, quantity }],
  buyer,
  ttlSeconds: null,
  shipComplete: false,
  maxShipments: null,
});

function offered(play: Play, sku: string, buyer: Buyer): Offer {
  const offers = offersFor(probe(sku, 1, buyer), play.ledger.room(), play.ledger.now);
  if ('kind' in offers || !offers[0]) throw new Error(`no offer of ${sku}`);
  return offers[0];
}

describe('what is offered', () => {
  test('is granted to the unit, and not one more', () => {
    fc.assert(
      fc.property(ofEither, fc.constantFrom(...SKUS), buyers, fc.nat(9), (story, sku, buyer, more) => {
        const play = played(story);
        const { sellable, atp } = offered(play, sku, buyer);
        const asked = Number.isFinite(sellable) ? sellable : atp + more + 1;
        const tooMuch = play.ledger.reserve({ ...probe(sku, asked + 1, buyer), reservationId: 'rsv_more' });
        expect(tooMuch.answer.kind).toBe(Number.isFinite(sellable) ? 'refused' : 'done');
        if (Number.isFinite(sellable) && asked > 0)
          expect(play.ledger.reserve(probe(sku, asked, buyer)).answer).toMatchObject({ kind: 'done' });
      }),
      { numRuns: 120 },
    );
  });

  test('to a stand-alone hold is the part of it that is in stock', () => {
    fc.assert(
      fc.property(ofEither, fc.constantFrom(...SKUS), buyers, (story, sku, buyer) => {
        const play = played(story);
        const { sellable, atp } = offered(play, sku, buyer);
        const most = Math.min(sellable, atp);
        const hold = (quantity: number) => ({
          ...probe(sku, quantity, buyer),
          orderId: null,
          ttlSeconds: 60,
        });
        expect(play.ledger.reserve(hold(most + 1)).answer.kind).toBe('refused');
        if (most > 0) expect(play.ledger.reserve(hold(most)).answer.kind).toBe('done');
      }),
      { numRuns: 70 },
    );
  });

  test('is what the book says there is', () => {
    fc.assert(
      fc.property(onHand, fc.constantFrom(...SKUS), buyers, (story, sku, buyer) => {
        const play = played(story);
        const { book } = play;
        const { backorder, perOrderMax } = book.item(sku);
        const left = book.freeAt(sku, buyer).map((one) => one.left);
        const atp = sum(left);
        const rooms = {
          none: 0,
          limited: Math.max(0, (backorder.limit ?? 0) - book.waiting(sku)),
          unlimited: Infinity,
        };
        const caps = book.capsOn([sku], buyer).map(({ id, limit }) => Math.max(0, limit - book.used(id)));
        const isDenied = story.nodes.every(({ id }) => book.isDenied(sku, id, buyer));
        const most = Math.min(atp + rooms[backorder.mode], ...caps, perOrderMax ?? Infinity);
        expect(offered(play, sku, buyer)).toMatchObject({ atp, isDenied, sellable: isDenied ? 0 : most });
      }),
      { numRuns: 120 },
    );
  });
});

describe('there is no refusal', () => {
  test('of a request that one node alone could serve, under caps that leave it room', () => {
    fc.assert(
      fc.property(onHand, fc.nat(KEYS - 1), (story, of) => {
        const play = played(story, 1);
        const request = { ...play.request(of), reservationId: 'rsv_new' };
        const { book } = play;
        const { demands, buyer } = request;
        const isFree = demands.every(({ sku, quantity }) => book.free(sku, buyer) >= quantity);
        const isOne = story.nodes.some(({ id }) =>
          demands.every(({ sku, quantity }) =>
            book.freeAt(sku, buyer).some(({ node, left }) => node.id === id && left >= quantity),
          ),
        );
        const isAllowed = demands.every(
          ({ sku, quantity }) => quantity <= (book.item(sku).perOrderMax ?? quantity),
        );
        const hasRoom = book
          .capsOn(
            demands.map(({ sku }) => sku),
            buyer,
          )
          .every(({ id, limit, skus }) => {
            const asked = demands.filter(({ sku }) => skus.includes(sku)).map(({ quantity }) => quantity);
            return book.used(id) + sum(asked) <= limit;
          });
        const { kind } = play.ledger.reserve(request).answer;
        if (isFree && isOne && isAllowed && hasRoom) expect(kind).toBe('done');
      }),
      { numRuns: 70 },
    );
  });

  test('of an entry whose units are there once the entries before it have theirs, at nodes that they can use', () => {
    let filled = 0;
    const property = fc.property(
      onHand,
      fc.constantFrom(...SKUS),
      fc.nat(20),
      fc.nat(9),
      (story, sku, count, node) => {
        const play = played(story, 1);
        play.step({ do: 'count', sku, node, count });
        const dealt = play.book.dealt(sku);
        for (const { id, place, quantity, allocations } of dealt) {
          // An order that ships complete is filled by one node alone, and not by these units.
          if (play.ledger.reservation(id)?.shipComplete) continue;
          const isWhole = total(allocations) === quantity;
          expect(play.ledger.fill(id, { sku, place }).answer.kind).toBe(isWhole ? 'done' : 'refused');
          if (isWhole) filled += 1;
        }
      },
    );
    assertUntilSeen(property, 70, () => (filled > 0 ? [] : ['an entry that is filled']));
  });
});

describe('the log is the truth', () => {
  test('I2: folding the log from scratch, through JSON, gives the very state of every stream', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { ledger } = new Play(story).run();
        const log: readonly InventoryEvent[] = throughJson(ledger.log);
        expect(log).toEqual(ledger.log);
        const folded = fold(log);
        const { stock, reservations, caps, queues, entries } = ledger.state();
        expect(folded.reservations).toEqual(reservations);
        expect(folded.caps).toEqual(caps);
        expect(folded.queues).toEqual(queues);
        expect(folded.entries).toEqual(entries);
        for (const [at, shelf] of folded.stock) expect(stock.get(at)).toEqual(shelf);
        for (const [at, shelf] of stock)
          if (!folded.stock.has(at)) expect(shelf).toMatchObject({ held: 0, committed: 0 });
      }),
      { numRuns: 70 },
    );
  });

  test('I2: stock rows hold exactly what the reservations say', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { stock, reservations } = new Play(story).run().ledger.state();
        for (const { sku, nodeId, held, committed } of stock.values()) {
          const claimed = (state: string) =>
            [...reservations.values()]
              .filter((reservation) => reservation.state === state)
              .flatMap(({ allocations }) => allocations)
              .filter((allocation) => allocation.sku === sku && allocation.nodeId === nodeId)
              .reduce((all, { quantity }) => all + quantity, 0);
          expect({ held, committed }).toEqual({ held: claimed('HELD'), committed: claimed('COMMITTED') });
        }
      }),
      { numRuns: 70 },
    );
  });

  test('every claim on stock ends as it began: the same moment, the same expiry, the same units', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const play = endedAll(new Play(story).run());
        const open = new Map<string, number>();
        const add = (key: readonly unknown[], quantity: number) =>
          open.set(key.join(), (open.get(key.join()) ?? 0) + quantity);
        for (const [index, entry] of play.ledger.log.entries()) {
          if (entry.of !== 'stock') continue;
          const at = [entry.sku, entry.nodeId];
          const { type, data } = entry.event;
          const grantedAt = play.ledger.moments[index];
          if (type === 'inventory.stock-held.v1') add([...at, grantedAt, data.expiresAt], data.quantity);
          if (type === 'inventory.stock-committed.v1') add([...at, grantedAt, null], data.quantity);
          if (type === 'inventory.held-stock-committed.v1') {
            add([...at, data.grantedAt, data.expiresAt], -data.quantity);
            add([...at, data.grantedAt, null], data.quantity);
          }
          if (type === 'inventory.held-stock-released.v1')
            add([...at, data.grantedAt, data.expiresAt], -data.quantity);
          if (type === 'inventory.committed-stock-released.v1')
            add([...at, data.grantedAt, null], -data.quantity);
        }
        expect([...open].filter(([, quantity]) => quantity !== 0)).toEqual([]);
      }),
      { numRuns: 70 },
    );
  });
});

/** Ends every reservation, an hour later, when every hold has expired. */
function endedAll(play: Play): Play {
  play.step({ do: 'wait', seconds: 3600 });
  for (const { id, state } of [...play.ledger.state().reservations.values()]) {
    if (state === 'HELD') play.ledger.expire(id);
    else play.ledger.release(id);
  }
  play.ledger.beginSet(play.ledger.now);
  return play;
}

describe('nothing leaks and nothing happens twice', () => {
  test('I3: once every reservation has ended nothing is held, committed, claimed or waited for', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { ledger } = endedAll(new Play(story).run());
        for (const facts of ledger.shelves()) {
          expect(facts.stock).toMatchObject({ held: 0, committed: 0 });
          expect(facts.heldNow).toBe(0);
          const { atp, supply } = nodeTerms(facts, ledger.now);
          expect(atp).toBe(facts.node.enabled ? Math.max(0, (supply ?? 0) - facts.node.safetyStock) : 0);
        }
        for (const { used, usedNow } of ledger.room().caps) expect([used, usedNow]).toEqual([0, 0]);
        for (const { open } of ledger.state().queues.values()) expect(open).toBe(0);
      }),
      { numRuns: 70 },
    );
  });

  test('I6: every command again, in any order, changes nothing, and gives what is there or says it has ended', () => {
    fc.assert(
      fc.property(ofEither, fc.infiniteStream(fc.nat(1_000)), (story, dice) => {
        const play = new Play(story);
        const done = new Map<string, { id: string; again: () => ReturnType<Play['again']> }>();
        for (const next of story.commands) {
          play.step(next);
          if (next.do !== 'reserve' && next.do !== 'adopt') continue;
          const again = () => play.again(next);
          const { answer, events } = again();
          expect(events).toEqual([]);
          if (answer.kind === 'done') done.set(JSON.stringify(next), { id: answer.reservationId, again });
        }
        const length = play.ledger.log.length;
        const shuffled = [...done.values()].sort(() => (dice.next().value ?? 0) - 500);
        for (const { id, again } of shuffled) expectWhatIsThere(play, id, again().answer);
        for (const id of play.book.ended) play.ledger.release(id);
        for (const id of play.book.ended) play.ledger.expire(id);
        expect(play.ledger.log).toHaveLength(length);
      }),
      { numRuns: 70 },
    );
  });
});

function expectWhatIsThere(play: Play, id: string, again: ReturnType<Play['again']>['answer']): void {
  const promise = play.book.promises.get(id);
  if (!promise || again.kind === 'refused') {
    expect([again.kind, promise]).toEqual(['refused', undefined]);
    return;
  }
  const { backordered, expiresAt, allocations } = promise;
  expect(again).toMatchObject({ reservationId: id, backordered, expiresAt });
  const partners = allocations.filter(({ nodeId }) => play.book.node(nodeId).kind === 'partner');
  expect([...again.partners].sort()).toEqual([...new Set(partners.map(({ nodeId }) => nodeId))].sort());
}
