import type { LogName } from '../../contracts/logs';
import type { Order } from '../../domain/order/order';
import type { PositionedEvent } from '../../stores/log/event-rows';
import type { OrdersReads } from '../../stores/orders/orders-reads';
import type { Audience, NewDelivery, WebhookFilter } from '../../stores/webhooks/webhook';

/** The parts of an event that are matched. */
type MatchedEvent = Pick<PositionedEvent, 'type' | 'key' | 'data'>;

/** The order of an event, for the facts that the event itself does not name. */
type KnownOrder = Pick<Order, 'channel' | 'shipments'>;

/**
 * Returns the messages for webhooks about these events, in the order of the events. An event is matched by its type, by
 * the nodes and the channels that it names, and by those of its order.
 */
export async function messagesFor(
  audiences: readonly Audience[],
  log: LogName,
  events: readonly PositionedEvent[],
  reads: Pick<OrdersReads, 'orders'>,
): Promise<readonly NewDelivery[]> {
  const ofLog = audiences.filter(({ types }) => types.length === 0 || types.some((type) => isOf(type, log)));
  const needsOrders = ofLog.some(({ nodes, channels }) => nodes.length + channels.length > 0);
  const orders = needsOrders
    ? await reads.orders([...new Set(events.map(({ correlation }) => correlation))])
    : new Map<string, KnownOrder>();
  return events.flatMap((event) => {
    const order = orders.get(event.correlation);
    return ofLog
      .filter((audience) => event.recordedAt >= audience.since && isWanted(audience, event, order))
      .map(({ id }) => messageFor(id, event));
  });
}

/** Returns true when an event matches a filter; a list without entries matches everything. */
export function isWanted(
  { types, nodes, channels }: WebhookFilter,
  event: MatchedEvent,
  order: KnownOrder | undefined,
): boolean {
  const isOfType =
    types.length === 0 || types.some((type) => type === event.type || isAllOf(type, event.type));
  return (
    isOfType &&
    (channels.length === 0 || channelsOf(event, order).some((channel) => channels.includes(channel))) &&
    (nodes.length === 0 || isAt(nodes, event, order))
  );
}

function isOf(type: string, log: LogName): boolean {
  return type.startsWith(`${log}.`);
}

/** `inventory.*` stands for every type of the inventory. */
function isAllOf(pattern: string, type: string): boolean {
  return pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1));
}

function channelsOf({ data }: MatchedEvent, order: KnownOrder | undefined): readonly string[] {
  return [...valuesOf(data, 'channel'), ...(order?.channel == null ? [] : [order.channel])];
}

/** Returns true when the event names one of the nodes, is of its set-up or its stock, or is about a shipment from it. */
function isAt(nodes: readonly string[], { key, data }: MatchedEvent, order: KnownOrder | undefined): boolean {
  const shipments = new Set(valuesOf(data, 'shipmentId'));
  const senders = order?.shipments.filter(({ id }) => shipments.has(id)).map(({ nodeId }) => nodeId) ?? [];
  const ofKey = key.kind === 'node' ? [key.id] : valuesOf(key, 'nodeId');
  return [...ofKey, ...valuesOf(data, 'nodeId'), ...senders].some((node) => nodes.includes(node));
}

/** Collects the texts under a field, at any depth. */
function valuesOf(value: unknown, field: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === field && typeof inner === 'string' ? [inner] : valuesOf(inner, field),
  );
}

function messageFor(
  webhookId: string,
  { id, type, stream, key, version, occurredAt, data }: PositionedEvent,
): NewDelivery {
  const body = JSON.stringify({ id, type, stream, version, occurredAt, data: { ...data, key } });
  return { webhookId, eventId: id, type, stream, version, body };
}
