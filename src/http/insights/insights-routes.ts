import {
  daysOf,
  insightQuery,
  orderInsight,
  rejectInsight,
  rejectsQuery,
  resourcingInsight,
  supplyInsight,
} from '../../contracts/api/insights';
import { type BucketCount, percentile } from '../../domain/insights/durations';
import { rateOf } from '../../domain/insights/reject-rates';
import { ALL, type DurationMeasure, type Measure } from '../../domain/insights/tally';
import { stalePlaces } from '../../stores/inventory/insight-reads';
import { type Days, sumsByKey } from '../../stores/log/insight-counts';
import type { Stores } from '../../stores/stores';
import type { HeavyReads } from '../framework/heavy-reads';
import { type Operation, operation } from '../framework/operation';
import { readRejects } from './reject-reads';

type Logs = Stores['logs'];

const FROM_EVENTS =
  'It is counted from the events by the relay, a moment after they are recorded. Days are in UTC.';

/** Declares the routes of insights: rates and durations from the events. */
export function insightsRoutes({ logs }: Pick<Stores, 'logs'>, heavyReads: HeavyReads): Operation[] {
  return [
    rejectsRoute(logs, heavyReads),
    supplyRoute(logs, heavyReads),
    resourcingRoute(logs),
    ordersRoute(logs),
  ];
}

function rejectsRoute(logs: Logs, heavyReads: HeavyReads): Operation {
  return operation({
    method: 'get',
    path: '/v1/insights/rejects',
    operationId: 'getRejectInsights',
    tag: 'Insights',
    summary: 'Read how many promised units nodes did not deliver, by node, SKU, source or reason, and by day',
    description:
      'Rejected units are those that a partner refused or did not answer for, and those that a node gave back or did not ' +
      'report on by its deadline. Of a reason, `promised` is what all nodes promised. By source, units count for the ' +
      `source with the highest authority at their node today. ${FROM_EVENTS}`,
    scope: 'insights:read',
    query: rejectsQuery,
    answers: { 200: { description: 'the rates', schema: rejectInsight } },
    async handle({ caller, query }) {
      const days = daysOf(query, Date.now());
      const rates = await heavyReads.run(caller, () => readRejects(logs, { ...query, ...days }));
      return { status: 200, json: { ...days, ...rates } };
    },
  });
}

function supplyRoute({ inventory }: Logs, heavyReads: HeavyReads): Operation {
  return operation({
    method: 'get',
    path: '/v1/insights/supply',
    operationId: 'getSupplyInsights',
    tag: 'Insights',
    summary: 'Read the share of stale supply of each node now, and the expiries of its supply',
    description: `A feed that falls silent past the time-to-live of its node makes supply stale. ${FROM_EVENTS}`,
    scope: 'insights:read',
    query: insightQuery,
    answers: { 200: { description: 'the nodes that have reported supply', schema: supplyInsight } },
    async handle({ caller, query }) {
      const days = daysOf(query, Date.now());
      const at = { dimension: 'node', ...days } as const;
      const [places, expiries, expired] = await heavyReads.run(caller, () =>
        Promise.all([
          stalePlaces(inventory),
          sumsByKey(inventory, { ...at, measure: 'expiries' }),
          sumsByKey(inventory, { ...at, measure: 'expired-units' }),
        ]),
      );
      const items = places.map((node) => ({
        ...node,
        share: rateOf(node.stale, node.places),
        expiries: expiries.get(node.nodeId) ?? 0,
        expiredUnits: expired.get(node.nodeId) ?? 0,
      }));
      return { status: 200, json: { ...days, items } };
    },
  });
}

function resourcingRoute({ orders, inventory }: Logs): Operation {
  return operation({
    method: 'get',
    path: '/v1/insights/resourcing',
    operationId: 'getResourcingInsights',
    tag: 'Insights',
    summary: 'Read how often units that a node did not deliver came from elsewhere',
    description: FROM_EVENTS,
    scope: 'insights:read',
    query: insightQuery,
    answers: { 200: { description: 'the success of sourcing again', schema: resourcingInsight } },
    async handle({ query }) {
      const days = daysOf(query, Date.now());
      const [refusals, found, resourced, backordered, cancelled] = await Promise.all([
        countOf(inventory, 'partner-refusals', days),
        countOf(inventory, 'partner-resourced', days),
        countOf(orders, 'units-resourced', days),
        countOf(orders, 'units-backordered', days),
        countOf(orders, 'units-cancelled', days),
      ]);
      const rate = rateOf(resourced, resourced + backordered + cancelled);
      return {
        status: 200,
        json: {
          ...days,
          partners: { refusals, resourced: found, rate: rateOf(found, refusals) },
          nodes: { resourced, backordered, cancelled, rate },
        },
      };
    },
  });
}

function ordersRoute({ orders }: Logs): Operation {
  return operation({
    method: 'get',
    path: '/v1/insights/orders',
    operationId: 'getOrderInsights',
    tag: 'Insights',
    summary: 'Read the outcomes of orders, and how long they took to be approved and delivered',
    description: FROM_EVENTS,
    scope: 'insights:read',
    query: insightQuery,
    answers: { 200: { description: 'outcomes and durations', schema: orderInsight } },
    async handle({ query }) {
      const days = daysOf(query, Date.now());
      const [outcomes, reasons, placedToApproved, approvedToDelivered, placedToDelivered] = await Promise.all(
        [
          sumsByKey(orders, { measure: 'orders', dimension: 'outcome', ...days }),
          sumsByKey(orders, { measure: 'orders', dimension: 'reason', ...days }),
          durationOf(orders, 'placed-approved', days),
          durationOf(orders, 'approved-delivered', days),
          durationOf(orders, 'placed-delivered', days),
        ],
      );
      const of = (outcome: string) => outcomes.get(outcome) ?? 0;
      const [approved, rejected] = [of('approved'), of('rejected')];
      return {
        status: 200,
        json: {
          ...days,
          ...{ placed: of('placed'), approved, rejected, rejectRate: rateOf(rejected, approved + rejected) },
          reasons: [...reasons]
            .map(([reason, count]) => ({ reason, orders: count }))
            .sort((a, b) => b.orders - a.orders),
          ...{ placedToApproved, approvedToDelivered, placedToDelivered },
        },
      };
    },
  });
}

async function countOf(log: Logs['orders'], measure: Measure, days: Days): Promise<number> {
  return (await sumsByKey(log, { measure, dimension: 'all', ...days })).get(ALL) ?? 0;
}

async function durationOf(log: Logs['orders'], measure: DurationMeasure, days: Days) {
  const sums = await sumsByKey(log, { measure, dimension: 'bucket', ...days });
  const buckets: readonly BucketCount[] = [...sums].map(([key, units]) => ({ key, units }));
  return {
    orders: buckets.reduce((sum, { units }) => sum + units, 0),
    p50Ms: percentile(buckets, 0.5),
    p90Ms: percentile(buckets, 0.9),
    p99Ms: percentile(buckets, 0.99),
  };
}
