import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillRandom } from '../drill-random';
import { keepCalling, type Traffic, until } from './callers';
import type { PlacedOrder } from './journal';
import { OrderCommands } from './order-commands';
import { drawOrder, probeOrder, type Sequel } from './order-plans';
import { placeOrder, untilDecided } from './orders';
import type { SeenOrder, SeenShipment } from './seen';
import { FIXED_SUPPLY } from './shop';

const NODE_REASONS = ['MISMATCH', 'DAMAGED', 'NO_CAPACITY'] as const;
const PROBE_EVERY_MS = 250;
const MOST_PROBES = 40;

interface Shipments {
  readonly items: readonly SeenShipment[];
}

/** Places orders one after the other and carries out each one's plan. */
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

/** Places a small order at a steady pace, however long the others take: these orders measure the recovery. */
export async function probe(traffic: Traffic, random: DrillRandom): Promise<void> {
  const underWay = new Set<Promise<void>>();
  await keepCalling(
    traffic,
    () => PROBE_EVERY_MS,
    async () => {
      if (underWay.size >= MOST_PROBES) return;
      const one = probeOnce(traffic, random).finally(() => underWay.delete(one));
      underWay.add(one);
    },
  );
  await Promise.all(underWay);
}

async function probeOnce(traffic: Traffic, random: DrillRandom): Promise<void> {
  try {
    const placed = await placeOrder(traffic, random, probeOrder(random));
    if (placed) await untilDecided(traffic, placed);
  } catch (error) {
    traffic.findings.add('final', String(error));
  }
}

/** The caller and the nodes of one order. */
class Shopper {
  readonly #commands: OrderCommands;

  constructor(
    private readonly traffic: Traffic,
    private readonly random: DrillRandom,
    private readonly placed: PlacedOrder,
  ) {
    this.#commands = new OrderCommands(traffic, random, placed);
  }

  async follow(): Promise<void> {
    const sequel = this.#sequel();
    if (sequel === 'cancel-at-once') await this.#cancel(true);
    const order = await untilDecided(this.traffic, this.placed);
    if (order.status === 'REJECTED' || sequel === 'cancel-at-once' || sequel === 'leave') return;
    await sleep(this.random.below(200));
    switch (sequel) {
      case 'cancel':
        return this.#cancel(false);
      case 'revise':
        return this.#revise(order, false);
      case 'fulfil':
        return this.#fulfil();
      case 'node-rejects':
        return this.#reject();
      case 'cancel-and-ship':
        return this.#race(() => this.#cancel(true));
      case 'revise-and-ship':
        return this.#race(() => this.#revise(order, true));
    }
  }

  /** Returns the plan's sequel, or 'leave' when it would shrink a booking that its party may have lost. */
  #sequel(): Sequel {
    const { sequel, intention } = this.placed.plan;
    const makesSmaller = /^(revise|node-rejects)/.test(sequel) && intention === 'at-partner';
    return makesSmaller && this.traffic.partiesMayForget ? 'leave' : sequel;
  }

  async #cancel(isRaced: boolean): Promise<void> {
    const { path } = this.#commands;
    this.placed.isCancelRequested = true;
    const change = await this.#commands.send('cancel', { path: `${path}/cancel`, isRaced });
    if (!change) return;
    const { status } = await this.#commands.untilOver<SeenOrder>(change, isRaced, path, (order) =>
      /^(CANCELLED|REJECTED|SHIPPED|DELIVERED)$/.test(order.status),
    );
    if (status === 'CANCELLED') this.placed.freedAt = Date.now();
    else if (!isRaced) this.#commands.complain('I4', `was cancelled (${change.key}) and is ${status}`);
  }

  /** Revises the first line by one unit, up or down. */
  async #revise({ version, lines }: SeenOrder, isRaced: boolean): Promise<void> {
    const { path } = this.#commands;
    const wanted = lines.map(({ lineId, sku, quantity, unitPrice }) => ({
      lineId,
      sku,
      quantity,
      unitPrice,
    }));
    const [first, ...rest] = wanted;
    if (!first) return;
    const quantity = first.quantity + (first.quantity > 1 && this.random.percent(60) ? -1 : 1);
    // Partners are asked for nothing more once they have agreed.
    if (quantity > first.quantity && this.placed.plan.intention === 'at-partner') return;
    const body = { baseVersion: version, lines: [{ ...first, quantity }, ...rest] };
    const change = await this.#commands.send('revise', { path: `${path}/revise`, body, isRaced });
    if (!change) return;
    const revised = await this.#commands.untilOver<SeenOrder>(change, isRaced, path, (order) => {
      const isAnswered = order.version > version || order.lastCommand?.kind === 'revise';
      return isAnswered && !order.status.endsWith('_PENDING');
    });
    const isApplied = revised.lines.some(
      (line) => line.lineId === first.lineId && line.quantity === quantity,
    );
    const how = `was revised (${change.key}) and is not: ${JSON.stringify(revised.lastCommand)}`;
    if (!isRaced && !isApplied) this.#commands.complain('rejections', how);
  }

  async #fulfil(): Promise<void> {
    for (const shipment of await this.#shipments()) {
      await this.#report('accept', shipment.id, /^(ACCEPTED|SHIPPED|DELIVERED)$/, false);
      for (const id of await this.#ship(shipment))
        if (this.random.percent(70)) await this.#report('deliver', id, /^DELIVERED$/, false);
    }
    if (this.random.percent(30)) await this.#sendBack();
  }

  /** Sends one unit of the first line back, once its capture shows. Units of a fixed supply come back damaged. */
  async #sendBack(): Promise<void> {
    const { path } = this.#commands;
    const { lines } = await until<SeenOrder>(this.traffic, path, ({ payment }) => payment === 'captured');
    const line = lines.find(({ sources }) => sources.length > 0);
    const [source] = line?.sources ?? [];
    if (!line || !source) return;
    const { lineId, sku } = line;
    const condition = sku in FIXED_SUPPLY ? 'DAMAGED' : this.random.pick(['SELLABLE', 'DAMAGED']);
    const body = { nodeId: source.nodeId, lines: [{ lineId, quantity: 1, condition }] };
    const change = await this.#commands.send('return', { path: `${path}/returns`, body, isRaced: false });
    if (!change) return;
    await this.#commands.untilOver<SeenOrder>(change, false, path, ({ payment }) =>
      /refunded$/.test(payment),
    );
  }

  /** Ships a shipment, whole or in two parts. Returns the ids of all that left. */
  async #ship({ id, lines: [line] }: SeenShipment): Promise<readonly string[]> {
    const left = /^(SHIPPED|DELIVERED)$/;
    if (!line || line.quantity === 1 || this.random.percent(60)) {
      await this.#report('ship', id, left, false);
      return [id];
    }
    const { lineId, quantity } = line;
    const lines = [{ lineId, quantity: this.random.between(1, quantity - 1) }];
    const shipped = await this.#report('ship', id, left, false, { lines });
    const rest = shipped?.items.find((shipment) => shipment.id === id)?.restId;
    if (rest === undefined) return [id];
    await this.#report('ship', rest, left, false);
    return [id, rest];
  }

  /** Makes a node reject units. */
  async #reject(): Promise<void> {
    const [shipment] = await this.#shipments();
    const [line] = shipment?.lines ?? [];
    if (!shipment || !line) return;
    const { lineId } = line;
    const quantity = this.random.between(1, line.quantity);
    const body = { lineId, quantity, reason: this.random.pick(NODE_REASONS) };
    const path = `/v1/shipments/${shipment.id}/reject`;
    const change = await this.#commands.send('reject', { path, body, isRaced: false });
    if (!change) return;
    const left = ({ items }: Shipments) =>
      items
        .filter(({ id, state }) => id === shipment.id && state !== 'REJECTED')
        .flatMap(({ lines }) => lines.filter((one) => one.lineId === lineId))
        .reduce((sum, one) => sum + one.quantity, 0);
    await this.#commands.untilOver<Shipments>(
      change,
      false,
      `${this.#commands.path}/shipments`,
      (shipments) => left(shipments) <= line.quantity - quantity,
    );
  }

  /** Ships everything while another action runs on the order. */
  async #race(other: () => Promise<void>): Promise<void> {
    const shipments = await this.#shipments();
    for (const { id } of shipments) await this.#report('accept', id, /^(ACCEPTED|SHIPPED|DELIVERED)$/, true);
    const ships = shipments.map(({ id }) =>
      this.#report('ship', id, /^(SHIPPED|DELIVERED|CANCELLED|REJECTED)$/, true),
    );
    await Promise.all([other(), ...ships]);
  }

  async #report(
    kind: 'accept' | 'ship' | 'deliver',
    shipmentId: string,
    reached: RegExp,
    isRaced: boolean,
    body?: object,
  ): Promise<Shipments | undefined> {
    const path = `/v1/shipments/${shipmentId}/${kind}`;
    const change = await this.#commands.send(kind, { path, isRaced, ...(body && { body }) });
    if (!change) return undefined;
    return this.#commands.untilOver<Shipments>(
      change,
      isRaced,
      `${this.#commands.path}/shipments`,
      ({ items }) => items.some(({ id, state }) => id === shipmentId && reached.test(state)),
    );
  }

  /** Returns the shipments that nodes still have to send. */
  async #shipments(): Promise<readonly SeenShipment[]> {
    const path = `${this.#commands.path}/shipments`;
    const { items } = await until<Shipments>(this.traffic, path, ({ items: all }) => all.length > 0);
    return items.filter(({ state }) => state === 'RELEASED' || state === 'ACCEPTED');
  }
}
