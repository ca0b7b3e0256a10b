import assert from 'node:assert/strict';
import type { Backordered } from '../../../src/domain/inventory/limits/backorder';
import { type Demand, sumBySku } from '../../../src/domain/inventory/limits/demand';
import type { Buyer } from '../../../src/domain/inventory/limits/eligibility';
import type { SalesCap } from '../../../src/domain/inventory/limits/sales-cap';
import type { Allocation } from '../../../src/domain/inventory/offer/sourcing';
import type { ReservationGiven } from '../../../src/domain/inventory/reservation/reservation';
import {
  mostShipments,
  type ReserveDecision,
  type ReserveRequest,
} from '../../../src/domain/inventory/reservation/reserve';
import type { NodeRefusal } from '../../../src/domain/inventory/reservation/resource';
import { InventoryBook, type Promised, type Refused } from './inventory-book';
import { InventoryLedger, RETRY_SECONDS, stockKey, total } from './inventory-ledger';
import { aCount, later, NOON } from './inventory-samples';
import { type Command, SKUS, type Story } from './inventory-story';

type Order = ReserveRequest & { readonly orderId: string };

/**
 * Plays a story, keeps the book beside it, and compares every answer with the book. Uses plain assertions, as these are
 * many and Jest's own would take most of the time.
 */
export class Play {
  readonly ledger: InventoryLedger;
  readonly book: InventoryBook;
  #sequence = 0;

  constructor(readonly story: Story) {
    this.ledger = new InventoryLedger(story.nodes, SKUS, NOON, story.items);
    this.book = new InventoryBook(story.nodes, story.items, NOON);
  }

  run(): this {
    for (const next of this.story.commands) this.step(next);
    this.#expectAgreement();
    return this;
  }

  step(next: Command): void {
    switch (next.do) {
      case 'wait':
        this.book.now = later(this.ledger.now, next.seconds);
        this.ledger.beginSet(this.book.now);
        break;
      case 'count':
        this.#count(next.sku, this.#nodeAt(next.node), next.count);
        break;
      case 'cap':
        this.ledger.setCap(next.cap);
        this.book.caps.set(next.cap.id, next.cap);
        break;
      case 'uncap':
        if (this.book.caps.delete(next.id)) this.ledger.removeCap(next.id);
        break;
      case 'rules':
        this.ledger.rules = next.rules;
        this.book.rules = next.rules;
        break;
      case 'fill':
        if (next.arriving > 0) this.#count(next.sku, this.#nodeAt(next.node), next.arriving);
        this.#fill(next.sku, next.turn);
        break;
      case 'resource':
        this.#resource(`rsv_${next.key}`, { nodeId: this.#nodeAt(next.node), reason: next.reason });
        break;
      default:
        this.#stepOfReservation(next);
    }
  }

  #stepOfReservation(next: Extract<Command, { do: 'reserve' | 'adopt' | 'release' | 'expire' }>): void {
    const id = `rsv_${next.key}`;
    switch (next.do) {
      case 'reserve':
        this.#granted(this.ledger.reserve(this.request(next.key)), this.request(next.key));
        break;
      case 'adopt':
        this.#granted(this.again(next), this.order(next.key, next.order));
        break;
      case 'release':
        this.ledger.release(id);
        this.book.end(id);
        break;
      case 'expire':
        if (this.ledger.expire(id).events.length > 0) this.book.end(id);
        break;
    }
  }

  /** Decides a command again; the book ignores the answer. */
  again(next: Extract<Command, { do: 'reserve' | 'adopt' }>): ReserveDecision {
    const request = this.request(next.key);
    return next.do === 'reserve'
      ? this.ledger.reserve(request)
      : this.ledger.adopt(request.reservationId, this.order(next.key, next.order));
  }

  order(of: number, order: number): Order {
    const buyer = this.story.buyers[order];
    if (!buyer) throw new Error(`no buyer ${order}`);
    const ids = { reservationId: `rsv_for_${of}_${order}`, orderId: `ord_for_${of}_${order}` };
    return { ...this.request(of), ...ids, buyer, ttlSeconds: null };
  }

  request(of: number): ReserveRequest {
    const request = this.story.requests[of];
    if (!request) throw new Error(`no request ${of}`);
    return request;
  }

  #nodeAt(at: number): string {
    const node = this.story.nodes[at % this.story.nodes.length];
    if (!node) throw new Error('no node');
    return node.id;
  }

  /** Counts stock. A source of basis `available` leaves out the units that it knows to be promised. */
  #count(sku: string, nodeId: string, onHand: number): void {
    this.#sequence += 1;
    const { basis, skewSeconds } = this.story;
    const promised = basis === 'on_hand' ? 0 : this.book.promised(sku, nodeId);
    const observedAt = later(this.book.now, skewSeconds);
    const over = { basis, sequence: this.#sequence, observedAt, receivedAt: this.book.now };
    this.ledger.count(sku, nodeId, aCount(Math.max(0, onHand - promised), over));
    this.book.counted(sku, nodeId, onHand);
  }

  #granted({ answer, events }: ReserveDecision, request: ReserveRequest): void {
    if (answer.kind === 'refused') {
      assert.deepEqual(events, []);
      return;
    }
    const known = this.book.promises.get(answer.reservationId);
    if (!known) this.#promised(answer, request);
    else {
      assert.deepEqual(sumBySku(answer.allocations), sumBySku(known.allocations));
      if (known.expiresAt !== null && answer.expiresAt === null) this.#adopted(answer.reservationId, request);
      else assert.deepEqual(events, []);
    }
  }

  #promised(answer: ReservationGiven, request: ReserveRequest): void {
    const { demands, buyer, orderId, shipComplete } = request;
    const { reservationId: id, allocations, backordered, expiresAt } = answer;
    assert.equal(this.book.ended.has(id), false);
    assert.deepEqual(sumBySku([...allocations, ...backordered]), demands);
    for (const { sku, quantity } of demands)
      assert.ok(quantity <= (this.book.item(sku).perOrderMax ?? quantity));
    if (orderId === null) assert.deepEqual(backordered, []);
    assert.ok(new Set(allocations.map(({ nodeId }) => nodeId)).size <= mostShipments(request));
    assert.ok(!shipComplete || allocations.length === 0 || backordered.length === 0);
    this.#expectFree(allocations, buyer);
    const shares = sharesOf(this.book.capsOn(skusOf(demands), buyer), demands);
    const promise = {
      demands,
      buyer,
      allocations,
      backordered,
      expiresAt,
      shares,
      refusals: new Map<string, Refused>(),
    };
    this.book.promises.set(id, promise);
    this.#expectThere(allocations, buyer);
    this.#expectQueued(backordered);
    this.#expectWithinCaps(shares);
  }

  #adopted(id: string, { buyer, demands }: ReserveRequest): void {
    const hold = this.#promiseOf(id);
    for (const { sku, nodeId } of hold.allocations)
      assert.equal(this.book.isDenied(sku, nodeId, buyer), false);
    const caps = this.book.capsOn(skusOf(demands), buyer).filter((cap) => !hold.shares.has(cap.id));
    const more = sharesOf(caps, demands);
    const shares = new Map([...hold.shares, ...more]);
    this.book.promises.set(id, { ...hold, buyer, shares, expiresAt: null });
    this.#expectWithinCaps(more);
  }

  #resource(id: string, refusal: Omit<NodeRefusal, 'retrySeconds'>): void {
    const known = this.book.promises.get(id);
    const lost =
      known?.expiresAt === null ? known.allocations.filter((one) => one.nodeId === refusal.nodeId) : [];
    const { answer, events } = this.ledger.resource(id, refusal);
    if (!known || lost.length === 0) {
      assert.deepEqual(events, []);
      return;
    }
    const left = known.allocations.filter((one) => one.nodeId !== refusal.nodeId);
    if (refusal.reason === 'NOT_IN_STOCK') for (const { sku } of lost) this.book.emptied(sku, refusal.nodeId);
    const keys = new Set(lost.map(({ sku, nodeId }) => stockKey(sku, nodeId)));
    const refusals = new Map([
      ...known.refusals,
      ...[...keys].map((key) => this.#refused(known, key, refusal)),
    ]);
    this.book.promises.set(id, { ...known, allocations: left, refusals });
    if (answer.kind === 'done') this.#gained(id, answer, refusal.nodeId);
    assert.equal(answer.kind, this.#isWhole(id) ? 'done' : 'refused');
    const second = this.ledger.resource(id, refusal);
    assert.deepEqual(second, { answer, events: [] });
  }

  #refused({ refusals }: Promised, key: string, { reason }: Pick<NodeRefusal, 'reason'>): [string, Refused] {
    const known = refusals.get(key);
    const count = (known?.count ?? 0) + 1;
    const retryAt = reason === 'NOT_IN_STOCK' ? '' : later(this.book.now, RETRY_SECONDS * 2 ** (count - 1));
    const latest = [retryAt, known?.retryAt ?? ''].sort().at(-1) || null;
    return [key, { count, at: this.book.now, retryAt: latest }];
  }

  /** Checks and books the units that a promise has gained from other nodes than the one that refused. */
  #gained(
    id: string,
    answer: Pick<ReservationGiven, 'allocations' | 'backordered'>,
    refusedBy: string,
  ): void {
    const had = this.#promiseOf(id);
    const gained = minus(answer.allocations, had.allocations);
    this.#expectFree(gained, had.buyer);
    const more = answer.backordered.filter(
      (turn) => !had.backordered.some((one) => one.place === turn.place && one.sku === turn.sku),
    );
    assert.deepEqual(answer.backordered, [...had.backordered, ...more]);
    assert.equal(total(gained) * total(more), 0);
    this.book.promises.set(id, { ...had, ...answer });
    this.#expectThere(gained, had.buyer);
    this.#expectQueued(more);
    for (const { sku, nodeId } of gained) {
      assert.notEqual(nodeId, refusedBy);
      assert.ok(!this.book.isBlocked(had.refusals, sku, nodeId));
    }
  }

  #fill(sku: string, at: number | null): void {
    const turns = this.book.turns(sku);
    for (const turn of at === null ? turns : turns.slice(at, at + 1)) {
      if (this.ledger.reservation(turn.id)?.shipComplete) this.#fillWhole(turn);
      else this.#fillOne(turn);
    }
  }

  /** Checks that an order that ships complete is filled by one node, or not at all. */
  #fillWhole({ id, sku, place }: Backordered & { readonly id: string }): void {
    const had = this.#promiseOf(id);
    const { answer, events } = this.ledger.fill(id, { sku, place });
    if (answer.kind === 'refused') {
      assert.deepEqual(events, []);
      return;
    }
    const { allocations = [], backordered } = this.ledger.reservation(id) ?? {};
    assert.deepEqual(backordered, []);
    assert.equal(new Set(allocations.map(({ nodeId }) => nodeId)).size, 1);
    assert.deepEqual(sumBySku(allocations), had.demands);
    const units = allocations.map(({ grantedAt: _, ...one }) => one);
    this.book.promises.set(id, { ...had, allocations: units, backordered: [] });
    this.#expectThere(units, had.buyer);
  }

  #fillOne(turn: Backordered & { readonly id: string }): void {
    const { sku, place, quantity, id } = turn;
    const had = this.#promiseOf(id);
    const dealt = this.book.dealt(sku).find((other) => other.place === place)?.allocations ?? [];
    const { answer, events } = this.ledger.fill(id, turn);
    if (answer.kind === 'refused') {
      assert.deepEqual(events, []);
      return;
    }
    const { allocations } = answer;
    assert.equal(total(allocations), quantity);
    if (this.story.basis === 'on_hand') assert.deepEqual(inOrder(allocations), inOrder(dealt));
    this.book.promises.set(id, {
      ...had,
      allocations: [...had.allocations, ...allocations],
      backordered: had.backordered.filter((other) => other.place !== place || other.sku !== sku),
    });
    this.#expectThere(allocations, had.buyer);
    for (const { nodeId } of allocations) {
      assert.notEqual(this.book.node(nodeId).kind, 'partner');
      assert.ok(!this.book.isBlocked(had.refusals, sku, nodeId));
    }
    assert.deepEqual(this.ledger.fill(id, turn), {
      answer: { kind: 'done', allocations: [] },
      events: [],
      isForNow: true,
    });
  }

  /** Checks, before the book notes the units, that they leave every backorder its share. */
  #expectFree(allocations: readonly Allocation[], buyer: Buyer): void {
    for (const { sku, quantity } of sumBySku(allocations)) assert.ok(this.book.free(sku, buyer) >= quantity);
  }

  /** Checks, after the book has noted the units, that every node has the units promised of it. */
  #expectThere(allocations: readonly Allocation[], buyer: Buyer): void {
    for (const { sku, nodeId, quantity } of allocations) {
      const node = this.book.node(nodeId);
      assert.ok(quantity > 0);
      assert.equal(node.enabled, true);
      assert.equal(this.book.isDenied(sku, nodeId, buyer), false);
      assert.ok(this.book.left(sku, node) >= 0);
    }
  }

  #expectQueued(turns: readonly Backordered[]): void {
    for (const { sku, quantity, place, promiseDate } of turns) {
      const { backorder } = this.book.item(sku);
      assert.ok(quantity > 0);
      assert.equal(place, (this.book.lastPlace.get(sku) ?? 0) + 1);
      assert.equal(promiseDate, backorder.promiseDate ?? null);
      this.book.lastPlace.set(sku, place);
      assert.notEqual(backorder.mode, 'none');
      if (backorder.mode === 'limited') assert.ok(this.book.waiting(sku) <= (backorder.limit ?? 0));
    }
  }

  #expectWithinCaps(shares: ReadonlyMap<string, number>): void {
    for (const id of shares.keys()) assert.ok(this.book.used(id) <= (this.book.caps.get(id)?.limit ?? 0));
  }

  /** Checks that the sums of the streams equal the book. */
  #expectAgreement(): void {
    const { caps, queues } = this.ledger.state();
    const promises = [...this.book.promises].map(([id, promise]) => ({
      id,
      promise,
      stored: this.ledger.reservation(id),
    }));
    assert.deepEqual(
      {
        waiting: SKUS.map((sku) => queues.get(sku)?.open ?? 0),
        used: [...caps].map(([id, { used }]) => [id, used]),
        had: promises.map(({ stored }) => [inOrder(stored?.allocations ?? []), stored?.backordered]),
      },
      {
        waiting: SKUS.map((sku) => this.book.waiting(sku)),
        used: [...caps.keys()].map((id) => [id, this.book.claimed(id)]),
        had: promises.map(({ promise }) => [inOrder(promise.allocations), promise.backordered]),
      },
    );
  }

  #isWhole(id: string): boolean {
    const { demands, allocations, backordered } = this.#promiseOf(id);
    return total(demands) === total([...allocations, ...backordered]);
  }

  #promiseOf(id: string): Promised {
    const promise = this.book.promises.get(id);
    if (!promise) throw new Error(`${id} has no promise`);
    return promise;
  }
}

const skusOf = (demands: readonly Demand[]) => demands.map(({ sku }) => sku);

function sharesOf(caps: readonly SalesCap[], demands: readonly Demand[]): ReadonlyMap<string, number> {
  return new Map(caps.map(({ id, skus }) => [id, total(demands.filter(({ sku }) => skus.includes(sku)))]));
}

/** Sums the units by item and node. */
function inOrder(allocations: readonly Allocation[]): readonly Allocation[] {
  const sums = new Map<string, Allocation>();
  for (const { sku, nodeId, quantity } of allocations) {
    const key = stockKey(sku, nodeId);
    sums.set(key, { sku, nodeId, quantity: quantity + (sums.get(key)?.quantity ?? 0) });
  }
  return [...sums].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, allocation]) => allocation);
}

function minus(all: readonly Allocation[], some: readonly Allocation[]): readonly Allocation[] {
  const had = new Map(inOrder(some).map(({ sku, nodeId, quantity }) => [stockKey(sku, nodeId), quantity]));
  return inOrder(all)
    .map((one) => ({ ...one, quantity: one.quantity - (had.get(stockKey(one.sku, one.nodeId)) ?? 0) }))
    .filter(({ quantity }) => quantity !== 0);
}
