import type { z } from 'zod';
import type * as availability from '../../src/contracts/api/availability';
import type * as events from '../../src/contracts/api/events';
import type * as insights from '../../src/contracts/api/insights';
import type * as orders from '../../src/contracts/api/orders';
import type * as problems from '../../src/contracts/api/problems';
import type * as sagas from '../../src/contracts/api/sagas';
import type * as setUp from '../../src/contracts/api/set-up';
import type * as shipments from '../../src/contracts/api/shipments';
import type * as stocks from '../../src/contracts/api/stock';
import type * as timelines from '../../src/contracts/api/timeline';
import type * as webhooks from '../../src/contracts/api/webhooks';

/** The answers of the API, as its own schemas declare them. */
export type Order = orders.OrderView;
export type OrderStatus = Order['status'];
export type Saga = sagas.SagaView;
export type TimelineEvent = timelines.TimelineEvent;
export type OrderTimeline = timelines.TimelineView;
export type Shipment = shipments.ShipmentView;
export type Stock = z.output<typeof stocks.stock>;
export type StockNode = z.output<typeof stocks.stockNode>;
export type StockClaim = z.output<typeof stocks.stockClaimPage>['items'][number];
export type Item = z.output<typeof setUp.item>;
export type Node = z.output<typeof setUp.node>;
export type Availability = availability.AvailabilityView;
export type Subscription = events.SubscriptionView;
export type ParkedEvent = Subscription['parked'][number];
export type EventPage = events.EventPageView;
export type Webhook = webhooks.WebhookView;
export type Delivery = webhooks.WebhookDeliveryView;
export type Explanation = problems.Explanation;
export type Problem = problems.ProblemView;

export type RejectInsight = z.output<typeof insights.rejectInsight>;
export type OrderInsight = z.output<typeof insights.orderInsight>;

/** One page of a listing. */
export interface Page<One> {
  readonly items: readonly One[];
  readonly nextCursor?: string;
}
