import { AvailabilityMemory } from '../../events/availability-memory';
import { AddressGuard } from '../../events/webhooks/address-guard';
import { createApi } from '../../http/api';
import { createApiServer } from '../../http/api-server';
import { EventWaits } from '../../http/event-feed/event-waits';
import { FOLLOW_LIMITS, TimelineFollowers } from '../../http/orders/timeline-followers';
import type { Intakes } from '../../intake/intakes';
import { OpenCommands } from '../../intake/open-commands';
import { OidcIssuer } from '../../providers/oidc-issuer';
import { decodeJson } from '../../temporal/payload-json';
import { pageFolder } from '../project-root';
import { close, listen } from './listening';
import { type ProcessContext, type Role, readiness } from './process-context';

const ADMIN = { caller: 'admin', scopes: ['admin'] };

/** Starts the HTTP API, which records commands and answers queries. */
export async function startApi(context: ProcessContext, intakes: Intakes): Promise<Role> {
  const { settings, stores, callers, temporal, logger, metrics } = context;
  if (settings.adminKey) await stores.apiKeys.put(settings.adminKey, ADMIN);
  const timelines = new TimelineFollowers(stores.logs, FOLLOW_LIMITS, (store, error) => {
    logger.warn(
      { err: error, store },
      'the API process cannot read a log: streams and waiting readers get its events late',
    );
  });
  const availability = new AvailabilityMemory(stores.availability, stores.inventory.pool, (error) => {
    logger.warn(
      { err: error },
      'the API process cannot follow the inventory log: availability is read from the database',
    );
  });
  // The API answers from the database until the memory is warm: its start does not wait.
  void availability.warm();
  const addresses = new AddressGuard(settings.webhooksAllow);
  const eventWaits = new EventWaits(stores.logs);
  const app = createApi({
    stores,
    availability,
    intakes,
    callers,
    openCommands: new OpenCommands(stores.commands, settings.mostOpenCommands),
    timelines,
    refusedWebhookUrl: (url) => addresses.refusal(url),
    eventWaits,
    isReady: () => readiness(context),
    decodePayloads: (payloads) => decodeJson(temporal.dataConverter.payloadCodecs ?? [], payloads),
    webUi: settings.temporalUiUrl ? { address: settings.temporalUiUrl, namespace: temporal.namespace } : null,
    signIn: settings.signIn ? { ...settings.signIn, issuer: new OidcIssuer(settings.signIn.client) } : null,
    pageFolder: pageFolder(),
    logger,
    metrics: metrics.registry,
  });
  const server = createApiServer(app);
  await listen(server, settings.port, settings.host);
  return {
    name: 'api',
    async stop() {
      await Promise.all([close(server), timelines.stop(), eventWaits.stop(), availability.stop()]);
    },
  };
}
