import { AddressGuard } from '../../events/webhooks/address-guard';
import { USUAL_DELIVERY_TIMES } from '../../events/webhooks/after-failure';
import { deliverWebhooks } from '../../events/webhooks/deliver-webhooks';
import { EndpointClient } from '../../events/webhooks/endpoint-client';
import type { ProcessContext } from './process-context';

/** Delivers the messages of webhooks in this process, beside other relays, until the signal aborts. */
export async function sendWebhooks(context: ProcessContext, signal: AbortSignal): Promise<void> {
  const { stores, settings, logger, processId: owner } = context;
  const times = USUAL_DELIVERY_TIMES;
  const client = new EndpointClient(new AddressGuard(settings.webhooksAllow), times.timeoutMs);
  await deliverWebhooks({
    ...stores,
    store: stores.deliveries,
    client,
    times,
    owner,
    signal,
    onError: (error) => logger.error({ err: error }, 'the deliveries of webhooks failed and will be retried'),
  });
  client.close();
}
