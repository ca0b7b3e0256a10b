import fc from 'fast-check';
import { nodeTerms } from '../../src/domain/inventory/node-terms';
import type {
  InventoryEvent,
  ReservationGiven,
  ReserveRequest,
} from '../../src/domain/inventory/reservation';
import { fold } from './inventory-ledger';
import { KEYS, Play, stories } from './inventory-play';
import { later, throughJson } from './inventory-samples';

const onHand = stories('on_hand');
const available = stories('available');
const ofEither = fc.oneof(onHand, available);

describe('whatever is counted, reserved, adopted, released and expired, in sets of any size', () => {
  test.each([
    ['on hand', onHand],
    ['available', available],
  ])(
    'I1: a promise is only made out of what is there, exactly as much as was asked (%s)',
    (_basis, arbitrary) => {
      let promised = 0;
      fc.assert(
        fc.property(arbitrary, (story) => {
          promised += new Play(story).run().promises.size;
        }),
        { numRuns: 400 },
      );
      expect(promised).toBeGreaterThan(0);
    },
  );
});

describe('the other way round', () => {
  test('I1: there is no refusal where one node alone had it all', () => {
    fc.assert(
      fc.property(onHand, fc.nat(KEYS - 1), (story, of) => {
        const play = new Play(story).run();
        play.step({ do: 'wait', seconds: 1 });
        const request = { ...story.requests[of], reservationId: 'rsv_new' } as ReserveRequest;
        const enough = story.nodes.some(
          (node) =>
            node.enabled && request.demands.every(({ sku, quantity }) => play.left(sku, node) >= quantity),
        );
        const { answer } = play.ledger.reserve(request);
        if (enough) expect(answer.kind).toBe('done');
      }),
      { numRuns: 200 },
    );
  });
});

describe('the log is the truth', () => {
  test('I2: folding the log from scratch, through JSON, gives the very state', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { ledger } = new Play(story).run();
        const log: readonly InventoryEvent[] = throughJson(ledger.log);
        expect(log).toEqual(ledger.log);
        const folded = fold(log);
        const { stock, reservations } = ledger.state();
        expect(folded.reservations).toEqual(reservations);
        for (const [at, shelf] of folded.stock) expect(stock.get(at)).toEqual(shelf);
        for (const [at, shelf] of stock)
          if (!folded.stock.has(at)) expect(shelf).toMatchObject({ held: 0, committed: 0 });
      }),
      { numRuns: 200 },
    );
  });

  test('I2: the stock rows hold exactly what the reservations say', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { stock, reservations } = new Play(story).run().ledger.state();
        for (const { sku, nodeId, held, committed } of stock.values()) {
          const claimed = (state: string) =>
            [...reservations.values()]
              .filter((reservation) => reservation.state === state)
              .flatMap(({ allocations }) => allocations)
              .filter((allocation) => allocation.sku === sku && allocation.nodeId === nodeId)
              .reduce((sum, { quantity }) => sum + quantity, 0);
          expect({ held, committed }).toEqual({ held: claimed('HELD'), committed: claimed('COMMITTED') });
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('nothing leaks and nothing happens twice', () => {
  test('I3: once every reservation has ended nothing is held or committed, and all of it can be promised', () => {
    fc.assert(
      fc.property(ofEither, (story) => {
        const { ledger } = new Play(story).run();
        ledger.beginSet(later(ledger.now, 3600));
        for (const { id, state } of [...ledger.state().reservations.values()]) {
          if (state === 'HELD') ledger.expire(id);
          else ledger.release(id);
        }
        ledger.beginSet(ledger.now);
        for (const facts of [...ledger.room().facts.values()].flat()) {
          expect(facts.stock).toMatchObject({ held: 0, committed: 0 });
          expect(facts.heldNow).toBe(0);
          const { atp, supply } = nodeTerms(facts, ledger.now);
          expect(atp).toBe(facts.node.enabled ? Math.max(0, (supply ?? 0) - facts.node.safetyStock) : 0);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('I6: every command again, in any order, changes nothing; its answer is the same unless an end came between', () => {
    fc.assert(
      fc.property(ofEither, fc.infiniteStream(fc.nat(1_000)), (story, dice) => {
        const play = new Play(story);
        const done = new Map<string, { answer: unknown; again: () => ReturnType<Play['again']> }>();
        for (const next of story.commands) {
          play.step(next);
          if (next.do !== 'reserve' && next.do !== 'adopt') continue;
          const again = () => play.again(next);
          const { answer, events } = again();
          expect(events).toEqual([]);
          if (answer.kind === 'done') done.set(JSON.stringify(next), { answer, again });
        }
        const length = play.ledger.log.length;
        const shuffled = [...done.values()].sort(() => (dice.next().value ?? 0) - 500);
        for (const { answer, again } of shuffled) expectSameUnlessEnded(play, answer, again().answer);
        for (const id of play.ended) play.ledger.release(id);
        for (const id of play.ended) play.ledger.expire(id);
        expect(play.ledger.log).toHaveLength(length);
      }),
      { numRuns: 200 },
    );
  });
});

function expectSameUnlessEnded(play: Play, first: unknown, again: { kind: string }): void {
  const { reservationId, ...given } = first as ReservationGiven;
  if (play.ended.has(reservationId)) expect(again.kind).toBe('refused');
  // A hold that an order has adopted meanwhile answers that it expires no more.
  else if (play.ledger.reservation(reservationId)?.state === 'COMMITTED')
    expect(again).toEqual({ reservationId, ...given, expiresAt: null });
  else expect(again).toEqual(first);
}
