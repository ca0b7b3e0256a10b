import fc from 'fast-check';
import type { Demand } from '../../../../src/domain/inventory/limits/demand';
import type { Allocation } from '../../../../src/domain/inventory/offer/sourcing';
import {
  bookingsNeeded,
  exceeds,
  hasSurplus,
  partnersAsked,
} from '../../../../src/domain/inventory/reservation/partner-booking';
import type { PartnerReply } from '../../../../src/domain/inventory/reservation/partner-request';
import type { PartnerStep } from '../../../../src/domain/inventory/reservation/partner-round';
import { assertUntilSeen } from '../../until-seen';
import { fold, InventoryLedger } from '../inventory-ledger';
import { aCount, aNode, anItem, later, NOON, throughJson } from '../inventory-samples';
import { order } from '../reservation-samples';

const ID = 'rsv_order';
const PARTNERS = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6'];
const NODES = [
  ...PARTNERS.map((id, at) => aNode(id, { kind: 'partner', priority: at + 1 })),
  aNode('w1', { priority: 8 }),
  aNode('w2', { priority: 9 }),
];
const SKUS = ['cup', 'tea'];

const replies = fc.oneof(
  fc.record({
    kind: fc.constant('confirmed' as const),
    references: fc.uniqueArray(fc.constantFrom('b1', 'b2', 'b3'), { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant('refused' as const),
    reason: fc.constantFrom('NOT_IN_STOCK', 'NO_CAPACITY', 'ON_HOLIDAY'),
  }),
  fc.record({ kind: fc.constant('unreachable' as const) }),
);

/** An order, its stock, and the partners' replies to two runs of it, question by question. */
const stories = fc.record({
  counts: fc.array(
    fc.record({
      sku: fc.constantFrom(...SKUS),
      nodeId: fc.constantFrom(...NODES.map(({ id }) => id)),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    { minLength: 6, maxLength: 14 },
  ),
  cups: fc.integer({ min: 0, max: 3 }),
  teas: fc.integer({ min: 1, max: 4 }),
  mayWait: fc.boolean(),
  heard: fc.tuple(fc.array(replies, { maxLength: 6 }), fc.array(replies, { maxLength: 6 })),
  /** The run that acts, and its act: run a step, lose its memory, or repeat its last message. */
  turns: fc.array(
    fc.tuple(
      fc.constantFrom(0, 1),
      fc.constantFrom('step' as const, 'step' as const, 'lost' as const, 'again' as const),
    ),
    { maxLength: 24 },
  ),
});
type Story = typeof stories extends fc.Arbitrary<infer S> ? S : never;

const YES: PartnerReply = { kind: 'confirmed', references: ['b1'] };

function opened({ counts, cups, teas, mayWait }: Story): InventoryLedger {
  const items = SKUS.map((sku) => anItem(sku, mayWait ? { backorder: { mode: 'unlimited' } } : {}));
  const ledger = new InventoryLedger(NODES, SKUS, NOON, items);
  for (const [at, { sku, nodeId, count }] of counts.entries())
    ledger.count(sku, nodeId, aCount(count, { sequence: at + 1 }));
  const demands = [
    { sku: 'cup', quantity: cups },
    { sku: 'tea', quantity: teas },
  ].filter(({ quantity }) => quantity > 0);
  ledger.reserve(order(0, { demands }));
  ledger.beginSet(later(NOON, 1));
  return ledger;
}

/** One run of the command: it knows the last answer to it, and gets replies of its own from partners. */
class Run {
  told: PartnerStep | undefined;
  #said: Parameters<InventoryLedger['noteReply']>[1] | undefined;
  #heard: PartnerReply[];

  constructor(
    private readonly ledger: InventoryLedger,
    heard: readonly PartnerReply[],
  ) {
    this.#heard = [...heard];
  }

  get isOver(): boolean {
    return this.told !== undefined && this.told.kind !== 'ask';
  }

  step(): void {
    if (this.told?.kind === 'ask') {
      const { nodeId, round } = this.told;
      this.#said = { nodeId, round, word: this.#heard.shift() ?? YES };
      this.told = this.ledger.noteReply(ID, this.#said).answer;
    } else if (!this.told) this.told = this.ledger.askPartners(ID).answer;
  }

  lose(): void {
    this.told = undefined;
  }

  /** Runs the last step again, as its answer was lost. */
  again(): void {
    if (this.#said) this.told = this.ledger.noteReply(ID, this.#said).answer;
  }

  finish(): PartnerStep {
    while (!this.isOver) this.step();
    if (!this.told) throw new Error('a run has no end');
    return this.told;
  }
}

interface Played {
  readonly ledger: InventoryLedger;
  readonly ends: readonly PartnerStep[];
}

/** Plays both runs to their ends, interleaved as the story says. */
function interleaved(story: Story): Played {
  const ledger = opened(story);
  const runs = story.heard.map((heard) => new Run(ledger, heard));
  for (const [which, act] of story.turns) {
    const run = runs[which];
    if (act === 'step') run?.step();
    else if (act === 'lost') run?.lose();
    else run?.again();
  }
  return { ledger, ends: runs.map((run) => run.finish()) };
}

const hasReservation = (story: Story) => opened(story).reservation(ID) !== undefined;
const played = stories.filter(hasReservation);
const repliesIn = ({ log }: InventoryLedger) =>
  log.flatMap((entry) =>
    entry.of === 'reservation' && entry.event.type === 'inventory.partner-replied.v1'
      ? [entry.event.data]
      : [],
  );
const requestsOf = (ledger: InventoryLedger) => ledger.reservation(ID)?.partnerRequests ?? [];
const keyOf = ({ nodeId, round }: { readonly nodeId: string; readonly round: number }) =>
  `${nodeId}/${round}`;
const unitsOf = (lines: readonly Demand[], sku: string) =>
  lines.filter((line) => line.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0);

test('two runs that hear different words end with the same answer, whatever their turns', () => {
  const seen = new Set<string>();
  const property = fc.property(played, (story) => {
    const { ends } = interleaved(story);
    expect(ends[1]).toEqual(ends[0]);
    seen.add(ends[0]?.kind === 'refused' ? ends[0].reason : (ends[0]?.kind ?? ''));
  });
  const all = ['done', 'OUT_OF_STOCK', 'PARTNER_UNREACHABLE'];
  assertUntilSeen(property, 300, () => all.filter((one) => !seen.has(one)));
});

test('the first word on each request is written, once, and one run that hears those words ends in the same state', () => {
  fc.assert(
    fc.property(played, (story) => {
      const { ledger, ends } = interleaved(story);
      const written = repliesIn(ledger);
      expect(new Set(written.map(keyOf)).size).toBe(written.length);
      const alone = opened(story);
      const end = new Run(
        alone,
        written.map(({ word }) => word),
      ).finish();
      expect(end).toEqual(ends[0]);
      expect(alone.log).toEqual(ledger.log);
      expect(alone.state()).toEqual(ledger.state());
    }),
    { numRuns: 300 },
  );
});

test('the log, through JSON, folds into the state', () => {
  fc.assert(
    fc.property(played, (story) => {
      const { ledger } = interleaved(story);
      expect(fold(throughJson(ledger.log)).reservations).toEqual(ledger.state().reservations);
    }),
    { numRuns: 200 },
  );
});

test('no key is given out twice, and each request keeps the word that was written on it', () => {
  fc.assert(
    fc.property(played, (story) => {
      const { ledger } = interleaved(story);
      const requests = requestsOf(ledger);
      expect(new Set(requests.map(keyOf)).size).toBe(requests.length);
      const written = new Map(repliesIn(ledger).map((reply) => [keyOf(reply), reply]));
      expect(requests.map(keyOf)).toEqual([...written.keys()]);
      for (const request of requests) expect(request).toEqual(written.get(keyOf(request)));
      expect(requests.filter(({ word }) => word?.kind !== 'confirmed').length).toBeLessThanOrEqual(5);
    }),
    { numRuns: 200 },
  );
});

test('what is needed is what the order has at partners; all else that was given out or booked is surplus', () => {
  fc.assert(
    fc.property(played, (story) => {
      const { ledger, ends } = interleaved(story);
      const [end] = ends;
      const reservation = ledger.reservation(ID);
      if (end?.kind !== 'done' || !reservation) return;
      const asked = partnersAsked(reservation);
      for (const partner of PARTNERS) {
        const needed = asked.filter((one) => one.partner === partner).flatMap(bookingsNeeded);
        const at = end.allocations.filter(({ nodeId }: Allocation) => nodeId === partner);
        for (const sku of SKUS)
          expect(
            unitsOf(
              needed.flatMap((one) => one.needed),
              sku,
            ),
          ).toBe(unitsOf(at, sku));
        for (const one of needed) expect(exceeds(one.needed, one.asked)).toBe(false);
      }
      const isClean = repliesIn(ledger).every(
        ({ word }) => word.kind === 'confirmed' && word.references.length === 1,
      );
      expect(end.hasSurplus).toBe(!isClean);
      expect(hasSurplus(reservation)).toBe(end.hasSurplus);
    }),
    { numRuns: 300 },
  );
});

test('a release ends every run, gives all stock back, and leaves no key needed', () => {
  fc.assert(
    fc.property(played, fc.nat(6), (story, steps) => {
      const ledger = opened(story);
      const runs = story.heard.map((heard) => new Run(ledger, heard));
      for (let step = 0; step < steps; step++) runs[step % 2]?.step();
      const requests = requestsOf(ledger);
      ledger.release(ID);
      const { length } = ledger.log;
      for (const run of runs) {
        const wasOver = run.isOver;
        const end = run.finish();
        if (!wasOver) expect(end).toMatchObject({ kind: 'refused', reason: 'RELEASED_EARLIER' });
      }
      expect(ledger.log).toHaveLength(length);
      expect(requestsOf(ledger)).toEqual(requests);
      const reservation = ledger.reservation(ID);
      if (!reservation) throw new Error('there is no reservation');
      expect(partnersAsked(reservation).flatMap(bookingsNeeded)).toEqual([]);
      expect(hasSurplus(reservation)).toBe(requests.length > 0);
      for (const { stock } of ledger.shelves()) expect(stock.committed).toBe(0);
    }),
    { numRuns: 300 },
  );
});
