import { randomBytes } from 'node:crypto';
import { type ReserveInventory, SYSTEM_CALLER } from '../../src/contracts/commands';
import type {
  CommandKind,
  Wanted,
  WantedOrder,
  WantedRevision,
} from '../../src/domain/command/recorded-command';
import type { Order, Shipment } from '../../src/domain/order/order';
import { compositeName } from '../../src/names/composite-name';
import type { NewCommand } from '../../src/stores/orders/command-rows';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

export function randomId(): string {
  return [...randomBytes(16)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

/** SKU, quantity and optionally the unit price in minor units. */
export type Line = readonly [sku: string, quantity: number, unitPrice?: number];

/** The parts of a command that a test chooses; an equal id means a repeat of the same command. */
export interface Chosen {
  readonly id?: string;
  readonly caller?: string;
  readonly key?: string;
  readonly fingerprint?: string;
}

/** Returns a command as the API makes it, with defaults for the parts that a test does not choose. */
export function commandOf<K extends CommandKind>(
  kind: K,
  subject: string,
  wanted: Wanted[K],
  {
    id = `cmd_${randomId()}`,
    caller = 'tester',
    key = `key-${id}`,
    fingerprint = `print-${id}`,
  }: Chosen = {},
): NewCommand<K> {
  return { id, kind, caller, operation: kind, key, fingerprint, subject, wanted };
}

/** Returns an order over demo data, small enough for every customer's credit. */
export function orderOf(
  lines: readonly Line[],
  { id = `ord_${randomId()}`, caller, key, fingerprint, ...wanted }: Chosen & Partial<WantedOrder> = {},
): NewCommand<'create'> {
  const chosen = {
    id,
    ...(caller ? { caller } : {}),
    ...(key ? { key } : {}),
    ...(fingerprint ? { fingerprint } : {}),
  };
  return commandOf(
    'create',
    id,
    {
      customerId: 'ada',
      currency: CURRENCY,
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
      shippingMethod: null,
      sealed: null,
      maxShipments: null,
      ...wanted,
    },
    chosen,
  );
}

/** The currency of every order over demo data, unless a test chooses another. */
const CURRENCY = 'EUR';

type Placed = Pick<Order, 'id' | 'customerId'>;

export function cancelOf({ id, customerId }: Placed, chosen?: Chosen): NewCommand<'cancel'> {
  return commandOf('cancel', id, { customerId, currency: CURRENCY }, chosen);
}

export function reviseOf(
  { id, customerId, version }: Placed & Pick<Order, 'version'>,
  lines: WantedRevision['lines'],
  { baseVersion = version, ...chosen }: Chosen & { readonly baseVersion?: number } = {},
): NewCommand<'revise'> {
  return commandOf('revise', id, { customerId, currency: CURRENCY, baseVersion, lines }, chosen);
}

type AtNode = Pick<Shipment, 'id'>;

export function acceptOf(
  { id, customerId }: Placed,
  shipment: AtNode,
  chosen?: Chosen,
): NewCommand<'accept'> {
  return commandOf('accept', id, { customerId, currency: CURRENCY, shipmentId: shipment.id }, chosen);
}

export function deliverOf(
  { id, customerId }: Placed,
  shipment: AtNode,
  chosen?: Chosen,
): NewCommand<'deliver'> {
  return commandOf('deliver', id, { customerId, currency: CURRENCY, shipmentId: shipment.id }, chosen);
}

export function shipOf(
  { id, customerId }: Placed,
  shipment: AtNode,
  {
    tracking = null,
    lines = null,
    ...chosen
  }: Chosen & Partial<Pick<Wanted['ship'], 'tracking' | 'lines'>> = {},
): NewCommand<'ship'> {
  return commandOf(
    'ship',
    id,
    { customerId, currency: CURRENCY, shipmentId: shipment.id, tracking, lines },
    chosen,
  );
}

export function rejectOf(
  { id, customerId }: Placed,
  shipment: AtNode,
  units: Pick<Wanted['reject'], 'lineId' | 'quantity' | 'reason'>,
  chosen?: Chosen,
): NewCommand<'reject'> {
  return commandOf(
    'reject',
    id,
    { customerId, currency: CURRENCY, shipmentId: shipment.id, ...units },
    chosen,
  );
}

export function returnOf(
  { id, customerId }: Placed,
  lines: Wanted['return']['lines'],
  { nodeId = 'wh-north', ...chosen }: Chosen & { readonly nodeId?: string } = {},
): NewCommand<'return'> {
  return commandOf('return', id, { customerId, currency: CURRENCY, nodeId, lines }, chosen);
}

/** Returns the rejection of a shipment past its deadline, as the relay records it. */
export function overdueOf(
  { id, customerId }: Placed,
  shipment: Pick<Shipment, 'id' | 'dueAt'>,
): NewCommand<'reject'> {
  const own = compositeName(shipment.id, shipment.dueAt ?? '');
  const wanted = { customerId, currency: CURRENCY, shipmentId: shipment.id, reason: 'NO_RESPONSE' } as const;
  return commandOf('reject', id, wanted, { id: own, caller: SYSTEM_CALLER, key: own, fingerprint: own });
}

/** Returns a stand-alone hold over demo data. */
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
    shippingMethod: null,
    customerId: null,
    ttlSeconds: 600,
    ...more,
  };
}
