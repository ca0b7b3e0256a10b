import { randomBytes } from 'node:crypto';
import type { CreateOrder, ReserveInventory } from '../../src/contracts/commands';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** SKU, quantity and optionally the price of a unit in minor units. */
export type Line = readonly [sku: string, quantity: number, unitPrice?: number];

/** An order over demo data, as the API would have made it a command; small enough for everybody's credit. */
export function orderOf(lines: readonly Line[], more: Partial<CreateOrder> = {}): CreateOrder {
  const commandId = more.commandId ?? `ord_${randomId()}`;
  return {
    commandId,
    caller: 'tester',
    correlation: commandId,
    idempotencyKey: `key-${commandId}`,
    fingerprint: `body-${commandId}`,
    customerId: 'ada',
    currency: 'EUR',
    lines: lines.map(([sku, quantity, unitPrice = 100], index) => ({
      lineId: String(index + 1),
      sku,
      quantity,
      unitPrice,
    })),
    region: 'north',
    channel: null,
    reservationId: null,
    shipComplete: false,
    ...more,
  };
}

/** A stand-alone hold over demo data. */
export function holdOf(lines: readonly Line[], more: Partial<ReserveInventory> = {}): ReserveInventory {
  const commandId = more.commandId ?? `rsv_${randomId()}`;
  return {
    commandId,
    caller: 'tester',
    correlation: commandId,
    idempotencyKey: `key-${commandId}`,
    fingerprint: `body-${commandId}`,
    demands: lines.map(([sku, quantity]) => ({ sku, quantity })),
    region: 'north',
    channel: null,
    ttlSeconds: 600,
    ...more,
  };
}

export function randomId(): string {
  return [...randomBytes(16)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
