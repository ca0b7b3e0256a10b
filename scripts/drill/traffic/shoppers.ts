import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillRandom } from '../drill-random';
import { command, keepCalling, shown, type Traffic, until } from './callers';
import type { AcceptedChange, ChangeKind, PlacedOrder } from './journal';
import { drawOrder, probeOrder, type Sequel } from './order-plans';
import { keyFrom, placeOrder, untilDecided } from './orders';
import type { SeenOrder, SeenShipment } from './seen';

/** Refusals that a command may meet which another one races. */
const LOST_RACES =
  /^(CONFLICT|ALREADY_FINAL|ALREADY_REPORTED|SHIPMENT_OVER|SHIPPED_MEANWHILE|NOT_ACCEPTED|BELOW_SHIPPED|VERSION_MISMATCH|UNKNOWN_LINE|LINE_MISMATCH|UNKNOWN_SHIPMENT)$/;
const NODE_REASONS = ['MISMATCH', 'DAMAGED', 'NO_CAPACITY'] as const;
const PROBE_EVERY_MS = 250;
const MOST_PROBES = 40;

/** Places orders one after the other and does with each what its plan says. */
export function shop(traffic: Traffic, random: DrillRandom): Promise<void> {
  return keepCalling(
    traffic,
    () => random.between(20, 300),
    async () => {
      const placed = await placeOrder(traffic, random, drawOrder(random));
      if (placed === undefined) return;
      await new Shopper(traffic, random, placed).follow();
    },
  );
}

/** Places a small order at a steady pace, however long the others take: by these recovery is measured. */
export async function probe(traffic: Traffic, random: DrillRandom): Promise<void> {
  const underWay = new Set<Promise<void>>();
  await keepCalling(
    traffic,
    () => PROBE_EVERY_MS,
    async () => {
      if (underWay.size >= MOST_PROBES) return;
      const one = keepOnce(traffic, async () => {
        const placed = await placeOrder(traffic, random, probeOrder(random));
        if (placed) await untilDecided(traffic, placed);
      }).finally(() => underWay.delete(one));
      underWay.add(one);
    },
  );
  await Promise.all(underWay);
}

async function keepOnce(traffic: Traffic, call: () => Promise<void>): Promise<void> {
  await call().catch((error: unknown) => traffic.findings.add('final', String(error)));
}

/** The caller and the nodes of one order. */
class Shopper {
  constructor(
    private readonly traffic: Traffic,
    private readonly random: DrillRandom,
    private readonly placed: PlacedOrder,
  ) {}

  async follow(): Promise<void> {
    const sequel = this.sequel();
    if (sequel === 'cancel-at-once') await this.cancel({ isRaced: true });
    const order = await untilDecided(this.traffic, this.placed);
    if (order.status === 'REJECTED' || sequel === 'cancel-at-once' || sequel === 'leave') return;
    await sleep(this.random.below(200));
    switch (sequel) {
      case 'cancel':
        return this.cancel({ isRaced: false });
      case 'revise':
        return this.revise(order, { isRaced: false });
      case 'fulfil':
        return this.fulfil();
      case 'node-rejects':
        return this.reject();
      case 'cancel-and-ship':
        return this.race(() => this.cancel({ isRaced: true }));
      case 'revise-and-ship':
        return this.race(() => this.revise(order, { isRaced: true }));
    }
  }

  /** A party that has lost a booking cannot make it smaller, and nobody can tell whose fault that is. */
  sequel(): Sequel {
    const { sequel, intention } = this.placed.plan;
    const makesSmaller = /^(revise|node-rejects)/.test(sequel) && intention === 'at-partner';
    return makesSmaller && this.traffic.partiesMayForget ? 'leave' : sequel;
  }

  async cancel({ isRaced }: { readonly isRaced: boolean }): Promise<void> {
    this.placed.isCancelRequested = true;
    const change = await this.change('cancel', `${this.path}/cancel`, { isRaced });
    if (!change) return;
    const order = await this.untilSettled(({ status }) =>
      /^(CANCELLED|REJECTED|SHIPPED|DELIVERED)$/.test(status),
    );
    change.finalAt = Date.now();
    if (!isRaced && order.status !== 'CANCELLED')
      this.complain('I4', `was cancelled (${change.key}) and is ${order.status}`);
    if (order.status === 'CANCELLED') this.placed.freedAt = Date.now();
  }

  /** Takes one more or one less of the first line. */
  async revise(order: SeenOrder, { isRaced }: { readonly isRaced: boolean }): Promise<void> {
    const lines = order.lines.map(({ lineId, sku, quantity, unitPrice }) => ({
      lineId,
      sku,
      quantity,
      unitPrice,
    }));
    const [first, ...rest] = lines;
    if (!first) return;
    const quantity = first.quantity + (first.quantity > 1 && this.random.percent(60) ? -1 : 1);
    // What a partner has confirmed is not asked for more of.
    if (quantity > first.quantity && this.placed.plan.intention === 'at-partner') return;
    const body = { baseVersion: order.version, lines: [{ ...first, quantity }, ...rest] };
    const change = await this.change('revise', `${this.path}/revise`, { isRaced, body });
    if (!change) return;
    const revised = await this.untilSettled(
      ({ version, status, lastCommand }) =>
        status !== 'REVISION_PENDING' && (version > order.version || lastCommand?.kind === 'revise'),
    );
    change.finalAt = Date.now();
    const isApplied = revised.lines.some(
      ({ lineId, ...line }) => lineId === first.lineId && line.quantity === quantity,
    );
    if (!isRaced && !isApplied)
      this.complain(
        'rejections',
        `was revised (${change.key}) and is not: ${JSON.stringify(revised.lastCommand)}`,
      );
  }

  async fulfil(): Promise<void> {
    for (const { id } of await this.shipments()) {
      await this.report('accept', id, /^(ACCEPTED|SHIPPED|DELIVERED)$/, { isRaced: false });
      await this.report('ship', id, /^(SHIPPED|DELIVERED)$/, { isRaced: false });
      if (this.random.percent(70)) await this.report('deliver', id, /^DELIVERED$/, { isRaced: false });
    }
  }

  /** Has a node give units back. */
  async reject(): Promise<void> {
    const [shipment] = await this.shipments();
    const [line] = shipment?.lines ?? [];
    if (!shipment || !line) return;
    const { lineId } = line;
    const quantity = this.random.between(1, line.quantity);
    const body = { lineId, quantity, reason: this.random.pick(NODE_REASONS) };
    const change = await this.change('reject', `/v1/shipments/${shipment.id}/reject`, {
      isRaced: false,
      body,
    });
    if (!change) return;
    const left = (shipments: readonly SeenShipment[]) =>
      shipments
        .filter(({ id, state }) => id === shipment.id && state !== 'REJECTED')
        .flatMap(({ lines }) => lines.filter((one) => one.lineId === lineId))
        .reduce((sum, one) => sum + one.quantity, 0);
    await until<{ items: readonly SeenShipment[] }>(
      this.traffic,
      `${this.path}/shipments`,
      ({ items }) => left(items) <= line.quantity - quantity,
    );
    change.finalAt = Date.now();
  }

  /** Ships everything while something else is done with the order. */
  async race(other: () => Promise<void>): Promise<void> {
    const shipments = await this.shipments();
    for (const { id } of shipments)
      await this.report('accept', id, /^(ACCEPTED|SHIPPED|DELIVERED)$/, { isRaced: true });
    const ships = shipments.map(({ id }) =>
      this.report('ship', id, /^(SHIPPED|DELIVERED|CANCELLED|REJECTED)$/, { isRaced: true }),
    );
    await Promise.all([other(), ...ships]);
  }

  async report(
    kind: 'accept' | 'ship' | 'deliver',
    shipmentId: string,
    reached: RegExp,
    { isRaced }: { readonly isRaced: boolean },
  ): Promise<void> {
    const change = await this.change(kind, `/v1/shipments/${shipmentId}/${kind}`, { isRaced });
    if (!change) return;
    await until<{ items: readonly SeenShipment[] }>(this.traffic, `${this.path}/shipments`, ({ items }) =>
      items.some(({ id, state }) => id === shipmentId && reached.test(state)),
    );
    change.finalAt = Date.now();
  }

  /** Sends a command on the order; undefined where it was refused. A refusal that no race explains is a finding. */
  async change(
    kind: ChangeKind,
    path: string,
    { isRaced, body }: { readonly isRaced: boolean; readonly body?: object },
  ): Promise<AcceptedChange | undefined> {
    const { journal } = this.traffic;
    const key = keyFrom(this.random);
    const answer = await command(this.traffic, this.random, {
      method: 'POST',
      path,
      key,
      ...(body && { body }),
    });
    journal.count(`${kind} ${answer.status}`);
    if (answer.status < 300) {
      const change: AcceptedChange = {
        kind,
        orderId: this.placed.id ?? '',
        key,
        acceptedAt: answer.answeredAt,
      };
      journal.changes.push(change);
      return change;
    }
    const reason = String(answer.body.reason ?? '');
    if (!isRaced || !LOST_RACES.test(reason))
      this.complain('rejections', `${kind} (${key}, attempt ${answer.attempts}) ${shown(answer)}`);
    return undefined;
  }

  private untilSettled(isSettled: (order: SeenOrder) => boolean): Promise<SeenOrder> {
    return until<SeenOrder>(
      this.traffic,
      this.path,
      (order) => isSettled(order) && !order.status.endsWith('_PENDING'),
    );
  }

  private async shipments(): Promise<readonly SeenShipment[]> {
    const { items } = await until<{ items: readonly SeenShipment[] }>(
      this.traffic,
      `${this.path}/shipments`,
      ({ items: all }) => all.length > 0,
    );
    return items.filter(({ state }) => state === 'RELEASED' || state === 'ACCEPTED');
  }

  private get path(): string {
    return `/v1/orders/${this.placed.id}`;
  }

  private complain(rule: string, sentence: string): void {
    this.traffic.findings.add(rule, `order ${this.placed.id} (${this.placed.plan.intention}) ${sentence}`);
  }
}
