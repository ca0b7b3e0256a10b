import type { CommandRow, WantedOrder, WantedTrip } from '../domain/command/recorded-command';
import { totalOf } from '../domain/order/line-units';

/** Describes a command in one line, for the Temporal Web UI. */
export function commandLine({ id, kind, subject, wanted }: CommandRow): string {
  if (kind === 'create') return `${id}: ${orderLine(wanted as WantedOrder)}`;
  if (kind === 'trip') return `${id}: ${tripLine(wanted as WantedTrip)}`;
  const { shipmentId = subject } = wanted as { readonly shipmentId?: string };
  return `${id}: ${kind} ${shipmentId}`;
}

function orderLine({ lines, customerId, currency }: WantedOrder): string {
  return `${linesOf(lines)} for ${customerId}, ${currency} ${(totalOf(lines) / 100).toFixed(2)}`;
}

function tripLine({ traveller, wishes }: WantedTrip): string {
  const wanted = wishes.map(({ party, what }) => `${party} ${Object.values(what).join(', ')}`);
  return `${wanted.join('; ')} for ${traveller}`;
}

/** Lists the first three lines and counts the others. */
export function linesOf(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const shown = lines.slice(0, 3).map(({ sku, quantity }) => `${quantity} x ${sku}`);
  return lines.length > shown.length
    ? `${shown.join(', ')} and ${lines.length - shown.length} more`
    : shown.join(', ');
}
