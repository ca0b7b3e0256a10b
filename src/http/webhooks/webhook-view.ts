import type { WebhookDeliveryView, WebhookView } from '../../contracts/api/webhooks';
import type { ShownDelivery, ShownWebhook } from '../../stores/webhooks/webhook';

/** Shows a webhook; `secret` is present only in the answer to the request that made it. */
export function webhookView(row: ShownWebhook, secret?: string): WebhookView {
  const { id, url, ordered, enabled, waiting, createdAt, updatedAt } = row;
  return {
    id,
    url,
    ...filterView(row),
    ordered,
    enabled,
    ...(row.disabledReason === null ? {} : { disabledReason: row.disabledReason }),
    ...(secret === undefined ? {} : { secret }),
    waiting,
    ...(row.acceptedAt === null ? {} : { acceptedAt: row.acceptedAt }),
    ...failingView(row),
    ...(row.replayFrom === null ? {} : { replayFrom: row.replayFrom }),
    createdAt,
    updatedAt,
  };
}

function filterView({
  types,
  nodes,
  channels,
}: ShownWebhook): Pick<WebhookView, 'types' | 'nodes' | 'channels'> {
  return {
    ...(types.length === 0 ? {} : { types: [...types] }),
    ...(nodes.length === 0 ? {} : { nodes: [...nodes] }),
    ...(channels.length === 0 ? {} : { channels: [...channels] }),
  };
}

function failingView({ failures, failure, pausedUntil }: ShownWebhook): Pick<WebhookView, 'failing'> {
  if (failures === 0) return {};
  return { failing: { failures, error: failure ?? '', ...(pausedUntil === null ? {} : { pausedUntil }) } };
}

/** Shows a delivery. The answer of an endpoint may come from inside the network: only an admin sees it. */
export function deliveryView(row: ShownDelivery, isAdmin: boolean): WebhookDeliveryView {
  const { eventId, type, stream, version, state, attempts, createdAt, dueAt } = row;
  return {
    eventId,
    type,
    stream,
    version,
    state,
    attempts,
    createdAt,
    ...(state === 'pending' ? { dueAt } : {}),
    ...(row.deliveredAt === null ? {} : { deliveredAt: row.deliveredAt }),
    ...(row.lastAttemptAt === null ? {} : { lastAttemptAt: row.lastAttemptAt }),
    ...(row.lastStatus === null ? {} : { lastStatus: row.lastStatus }),
    ...(row.lastError === null ? {} : { lastError: row.lastError }),
    ...(isAdmin && row.lastResponse !== null ? { lastResponse: row.lastResponse } : {}),
  };
}
