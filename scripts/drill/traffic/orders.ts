import { randomUUID } from 'node:crypto';
import type { DrillRandom } from '../drill-random';
import { command, shown, type Traffic, until } from './callers';
import type { PlacedOrder } from './journal';
import type { OrderPlan } from './order-plans';
import type { SeenOrder } from './seen';

const DECIDED =
  /^(APPROVED|BACKORDERED|FULFILLING|SHIPPED|DELIVERED|CANCELLED|REVISION_PENDING|CANCEL_PENDING)$/;

/** Places an order of the model. Returns undefined when it is not accepted. */
export async function placeOrder(
  traffic: Traffic,
  random: DrillRandom,
  plan: OrderPlan,
): Promise<PlacedOrder | undefined> {
  const { journal, findings } = traffic;
  const reservationId = plan.isHeldFirst ? await hold(traffic, random, plan) : undefined;
  const placed: PlacedOrder = { plan, key: keyFrom(random), placedAt: Date.now() };
  journal.orders.push(placed);
  const answer = await command(traffic, random, {
    method: 'POST',
    path: '/v1/orders',
    key: placed.key,
    body: {
      customerId: plan.customerId,
      currency: 'EUR',
      lines: plan.lines,
      shipTo: { region: plan.region },
      ...(reservationId === undefined ? {} : { reservationId }),
    },
  });
  if (answer.status !== 202 && answer.status !== 200) {
    findings.add('answers', `an order ${shown(answer)}`);
    return undefined;
  }
  placed.id = String(answer.body.id);
  placed.acceptedAt = answer.answeredAt;
  return placed;
}

/** Waits until an order is decided and notes the outcome. */
export async function untilDecided(traffic: Traffic, placed: PlacedOrder): Promise<SeenOrder> {
  const { findings, journal } = traffic;
  const order = await until<SeenOrder>(traffic, `/v1/orders/${placed.id}`, ({ status }) =>
    status === 'PENDING' ? false : status === 'REJECTED' || DECIDED.test(status),
  );
  placed.decidedAt = Date.now();
  placed.outcome = order.status === 'REJECTED' ? 'rejected' : 'approved';
  placed.reason = order.reason;
  journal.count(`orders ${placed.outcome}${order.reason === undefined ? '' : ` (${order.reason})`}`);
  if (order.status === 'REJECTED' && placed.plan.intention === 'scarce') {
    await until<SeenOrder>(
      traffic,
      `/v1/orders/${placed.id}`,
      ({ compensation }) => compensation !== 'running',
    );
  }
  if (order.status === 'REJECTED') placed.freedAt = Date.now();
  if (order.version < 1) findings.add('answers', `order ${placed.id} has version ${order.version}`);
  return order;
}

async function hold(
  traffic: Traffic,
  random: DrillRandom,
  { lines, region }: OrderPlan,
): Promise<string | undefined> {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const answer = await command(traffic, random, {
    method: 'POST',
    path: '/v1/reservations',
    key: keyFrom(random),
    body: {
      lines: [...quantities].map(([sku, quantity]) => ({ sku, quantity })),
      shipTo: { region },
      ttlSeconds: 3_600,
    },
  });
  if (answer.status === 201) return String(answer.body.id);
  traffic.findings.add('rejections', `a hold of plain items ${shown(answer)}`);
  return undefined;
}

/**
 * Returns a key that also differs from run to run: the seed alone would repeat the keys of an earlier drill on the same
 * database.
 */
export function keyFrom(random: DrillRandom): string {
  return `drill-${random.below(1_000_000)}-${randomUUID()}`;
}
