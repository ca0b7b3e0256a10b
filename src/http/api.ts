import express, { type Express } from 'express';
import { DirectCommands } from '../intake/direct-commands';
import type { ApiDependencies } from './api-dependencies';
import { accountResource, paymentsRoute } from './credit/credit-routes';
import { eventsRoutes } from './event-feed/events-routes';
import { latestRoutes } from './event-feed/latest-routes';
import { snapshotRoutes } from './event-feed/snapshot-routes';
import { subscriptionsRoutes } from './event-feed/subscriptions-routes';
import { KeyRing } from './framework/access';
import { Authentication } from './framework/authentication';
import { CommandTraffic } from './framework/command-traffic';
import { HeavyReads } from './framework/heavy-reads';
import { importRoutes } from './framework/import-routes';
import type { Operation } from './framework/operation';
import { requestLog } from './framework/request-log';
import { registerMetrics } from './framework/request-metrics';
import { resourceRoutes } from './framework/resource-routes';
import { mount, problemHandler, refuseUnknownPath } from './framework/routing';
import { docsSecurity, pageSecurity } from './framework/security-headers';
import { insightsRoutes } from './insights/insights-routes';
import { availabilityRoutes } from './inventory/availability-routes';
import { FeedTurns } from './inventory/feed-turns';
import { feedsRoutes } from './inventory/feeds-routes';
import { limitsResources } from './inventory/limits-routes';
import { reservationsRoutes } from './inventory/reservations-routes';
import { setUpResources } from './inventory/set-up-routes';
import { stockRoutes } from './inventory/stock-routes';
import { auditRoutes } from './operator/audit-routes';
import { callerRoute } from './operator/caller-route';
import { keysRoutes } from './operator/keys-routes';
import { sagasRoutes } from './operator/sagas-routes';
import { orderChangesRoutes } from './orders/order-changes-routes';
import { ordersRoutes } from './orders/orders-routes';
import { personalDataRoute } from './orders/personal-data-route';
import { returnsRoutes } from './orders/returns-routes';
import { shipmentsRoutes } from './orders/shipments-routes';
import { OidcCallers } from './sign-in/issued-callers';
import { SealedCookies } from './sign-in/sealed-cookies';
import { mountSignIn, type SignIn } from './sign-in/sign-in-routes';
import { codecRoutes, forWebUi } from './system/codec-routes';
import { docsAssets, docsRoutes } from './system/docs-routes';
import { openApiDocument } from './system/openapi-document';
import { pageAssets, pageRoute } from './system/page-routes';
import { probeRoutes } from './system/probe-routes';
import { problemsRoutes } from './system/problems-routes';
import { tripsRoutes } from './trips/trips-routes';
import { deliveriesRoutes } from './webhooks/deliveries-routes';
import { webhooksRoutes } from './webhooks/webhooks-routes';

/** Builds the Express application of the whole API; `createApiServer` creates its server. */
export function createApi(deps: ApiDependencies): Express {
  const observe = registerMetrics(deps.metrics, deps.timelines);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.use(requestLog(deps.logger));
  const traffic = new CommandTraffic();
  app.use((request, _response, next) => {
    if (request.method !== 'GET' && !request.path.startsWith('/v1/feeds/')) traffic.note();
    next();
  });
  app.use('/docs', docsSecurity);
  app.use(['/page', '/auth'], pageSecurity);
  app.get('/', pageSecurity);
  if (deps.webUi) app.all('/v1/codec/decode', forWebUi(new URL(deps.webUi.address).origin));
  const keys = new KeyRing(deps.stores.apiKeys, (error) =>
    deps.logger.warn(
      { err: error },
      'the orders store is unavailable: API keys are checked against the last known answer',
    ),
  );
  const signIn = signInOf(deps);
  const issued = signIn && new OidcCallers(signIn.issuer, signIn.cookies, signIn.settings);
  mount(app, allOperations(deps, traffic), new Authentication(keys, issued), observe);
  if (signIn) mountSignIn(app, signIn);
  app.get('/docs/assets/:file', docsAssets);
  app.get('/page/:file', pageAssets(deps.pageFolder));
  app.use(refuseUnknownPath);
  app.use(problemHandler(observe));
  return app;
}

function signInOf({ signIn: settings, logger }: ApiDependencies): SignIn | null {
  if (settings === null) return null;
  const isSecure = settings.publicOrigin.startsWith('https:');
  const cookies = new SealedCookies(settings.sessionKey, isSecure);
  return { issuer: settings.issuer, cookies, settings, logger };
}

/** Lists every route of the API. A route that is not in this list is neither served nor documented. */
export function allOperations(deps: ApiDependencies, traffic: CommandTraffic): readonly Operation[] {
  const heavyReads = new HeavyReads(traffic);
  const commands = new DirectCommands(deps.stores);
  const resources = [
    ...setUpResources(commands, deps.stores.inventorySetUp),
    ...limitsResources(commands, deps.stores.limitsSetUp),
    accountResource(commands, deps.stores, heavyReads),
  ];
  let documentText: string | undefined;
  const operations: Operation[] = [
    ...ordersRoutes(deps),
    ...orderChangesRoutes(deps),
    ...returnsRoutes(deps),
    personalDataRoute(commands),
    ...shipmentsRoutes(deps),
    ...reservationsRoutes(deps),
    ...feedsRoutes(commands, new FeedTurns(traffic)),
    ...stockRoutes(commands, deps.stores, heavyReads),
    ...availabilityRoutes(deps.availability, deps.stores.stockHistory, heavyReads),
    ...eventsRoutes(deps.stores, heavyReads, deps.eventWaits),
    ...latestRoutes(deps.stores.availability, heavyReads, deps.eventWaits),
    ...snapshotRoutes(deps.stores.availability, heavyReads),
    ...subscriptionsRoutes(deps),
    ...insightsRoutes(deps.stores, heavyReads),
    ...webhooksRoutes(deps),
    ...deliveriesRoutes(deps),
    ...resources.flatMap(resourceRoutes),
    ...importRoutes(resources),
    paymentsRoute(commands, deps.stores.credit),
    ...tripsRoutes(deps),
    ...sagasRoutes(deps),
    callerRoute(),
    ...keysRoutes(deps),
    ...auditRoutes(deps.stores),
    ...codecRoutes(deps),
    ...probeRoutes(deps),
    ...problemsRoutes(),
    pageRoute(deps.signIn !== null),
    ...docsRoutes(() => {
      documentText ??= openApiDocument(operations);
      return documentText;
    }),
  ];
  return operations;
}
