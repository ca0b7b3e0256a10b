import express, { type Express } from 'express';
import { DirectCommands } from '../intake/direct-commands';
import { KeyRing } from './access';
import type { ApiDependencies } from './api-dependencies';
import { availabilityRoutes } from './availability-routes';
import { creditRoutes } from './credit-routes';
import { docsAssets, docsRoutes } from './docs-routes';
import { eventsRoutes } from './events-routes';
import { feedsRoutes } from './feeds-routes';
import { limitsRoutes } from './limits-routes';
import { openApiDocument } from './openapi-document';
import type { Operation } from './operation';
import { orderChangesRoutes } from './order-changes-routes';
import { ordersRoutes } from './orders-routes';
import { probeRoutes } from './probe-routes';
import { requestLog } from './request-log';
import { registerMetrics } from './request-metrics';
import { reservationsRoutes } from './reservations-routes';
import { mount, problemHandler, refuseUnknownPath } from './routing';
import { sagasRoutes } from './sagas-routes';
import { docsSecurity } from './security-headers';
import { setUpRoutes } from './set-up-routes';
import { shipmentsRoutes } from './shipments-routes';
import { snapshotRoutes } from './snapshot-routes';
import { stockRoutes } from './stock-routes';
import { subscriptionsRoutes } from './subscriptions-routes';
import { tripsRoutes } from './trips-routes';

/** The whole API as an Express application; `createApiServer` makes the server it wants. */
export function createApi(deps: ApiDependencies): Express {
  const observe = registerMetrics(deps.metrics, deps.intakes, deps.timelines);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(requestLog(deps.logger));
  app.use('/docs', docsSecurity);
  mount(app, allOperations(deps), new KeyRing(deps.stores.apiKeys), observe);
  app.get('/docs/assets/:file', docsAssets);
  app.use(refuseUnknownPath);
  app.use(problemHandler(observe));
  return app;
}

/** Every route there is: what is not in this list is neither served nor documented. */
export function allOperations(deps: ApiDependencies): readonly Operation[] {
  const commands = new DirectCommands(deps.stores);
  let documentText: string | undefined;
  const operations: Operation[] = [
    ...ordersRoutes(deps),
    ...orderChangesRoutes(deps),
    ...shipmentsRoutes(deps),
    ...reservationsRoutes(deps),
    ...feedsRoutes(commands),
    ...stockRoutes(commands, deps.stores),
    ...availabilityRoutes(deps.stores.availability),
    ...eventsRoutes(deps.stores),
    ...snapshotRoutes(deps.stores.availability),
    ...subscriptionsRoutes(deps.stores.inventorySubscriptions),
    ...setUpRoutes(commands, deps.stores.inventorySetUp),
    ...limitsRoutes(commands, deps.stores.limitsSetUp),
    ...creditRoutes(commands, deps.stores.credit),
    ...tripsRoutes(deps),
    ...sagasRoutes(deps),
    ...probeRoutes(deps),
    ...docsRoutes(() => {
      documentText ??= openApiDocument(operations);
      return documentText;
    }),
  ];
  return operations;
}
