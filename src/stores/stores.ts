import type { LogName } from '../contracts/logs';
import { CreditHistory } from './credit/credit-history';
import { CreditStore } from './credit/credit-store';
import { AvailabilityReads } from './inventory/availability/availability-reads';
import { StockHistory } from './inventory/availability/stock-history';
import { InventoryFeed } from './inventory/feed/inventory-feed';
import { InventoryLists } from './inventory/inventory-lists';
import { InventoryReads } from './inventory/inventory-reads';
import { InventorySetUp } from './inventory/inventory-set-up';
import { InventoryStore } from './inventory/inventory-store';
import { LimitsSetUp } from './inventory/limits-set-up';
import { PartnerBookings } from './inventory/partner-bookings';
import { SetUpRemovals } from './inventory/set-up-removals';
import { UnavailableStock } from './inventory/unavailable-stock';
import { type StepVerdicts, storedVerdicts } from './log/step-verdicts';
import { SubscriptionStore } from './log/subscription-store';
import { ApiKeys } from './orders/api-keys';
import { CommandCache } from './orders/command-cache';
import { CommandStore } from './orders/command-store';
import { OrderHistory } from './orders/order-history';
import { OrdersLists } from './orders/orders-lists';
import { OrdersReads } from './orders/orders-reads';
import { OrdersStore } from './orders/orders-store';
import { Leases } from './postgres/leases';
import type { StorePool } from './postgres/store-pool';
import type { StoreSession } from './postgres/store-session';
import { TripsReads } from './trips/trips-reads';
import { TripsStore } from './trips/trips-store';
import { DeliveryStore } from './webhooks/delivery-store';
import { ReplayStore } from './webhooks/replay-store';
import { WebhooksStore } from './webhooks/webhooks-store';

/** The PostgreSQL URL of each store. A store moves to a database of its own when the operator changes one variable. */
export interface StoreUrls {
  readonly orders: string;
  readonly inventory: string;
  readonly credit: string;
}

export interface Stores {
  readonly orders: OrdersStore;
  readonly ordersReads: OrdersReads;
  readonly ordersLists: OrdersLists;
  readonly orderHistory: OrderHistory;
  readonly apiKeys: ApiKeys;
  readonly leases: Leases;
  readonly inventory: InventoryStore;
  readonly inventoryReads: InventoryReads;
  readonly inventoryLists: InventoryLists;
  readonly inventorySetUp: InventorySetUp;
  readonly setUpRemovals: SetUpRemovals;
  readonly inventoryFeed: InventoryFeed;
  readonly unavailableStock: UnavailableStock;
  readonly limitsSetUp: LimitsSetUp;
  /** The sessions that read the logs. */
  readonly logs: Readonly<Record<LogName, StoreSession>>;
  /** The checkpoints of the subscriptions to each log. */
  readonly subscriptions: Readonly<Record<LogName, SubscriptionStore>>;
  readonly pools: Readonly<Record<LogName, StorePool>>;
  readonly availability: AvailabilityReads;
  readonly stockHistory: StockHistory;
  readonly credit: CreditStore;
  readonly creditHistory: CreditHistory;
  readonly partnerBookings: PartnerBookings;
  readonly trips: TripsStore;
  readonly tripsReads: TripsReads;
  readonly webhooks: WebhooksStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayStore;
  readonly commands: CommandStore;
  readonly commandCache: CommandCache;
  /** Reads the kinds of the stored step answers of some commands, from every store. */
  verdicts(commandIds: readonly string[]): Promise<ReadonlyMap<string, StepVerdicts>>;
  /** Checks the connection to each store; throws when a store is unreachable. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The connections for the batches in flight of one process and its reads. A process has three pools of this size. */
const CONNECTIONS_PER_STORE = 6;

export function openStores(urls: StoreUrls, connections = CONNECTIONS_PER_STORE): Stores {
  const orders = new OrdersStore(urls.orders, connections);
  const inventory = new InventoryStore(urls.inventory, connections);
  const credit = new CreditStore(urls.credit, connections);
  const commands = new CommandStore(orders.pool);
  const deliveries = new DeliveryStore(orders.pool);
  const clients = [orders.client, inventory.client, credit.client];
  return {
    orders,
    ordersReads: new OrdersReads(orders.client),
    ordersLists: new OrdersLists(orders.client),
    orderHistory: new OrderHistory(orders.client),
    apiKeys: new ApiKeys(orders.pool),
    leases: new Leases(orders.client),
    inventory,
    inventoryReads: new InventoryReads(inventory.client),
    inventoryLists: new InventoryLists(inventory.client),
    inventorySetUp: new InventorySetUp(inventory.client, inventory.pool.saved),
    setUpRemovals: new SetUpRemovals(inventory.client, inventory.pool.saved),
    inventoryFeed: new InventoryFeed(inventory.pool),
    unavailableStock: new UnavailableStock(inventory.pool),
    limitsSetUp: new LimitsSetUp(inventory.client, inventory.pool.saved),
    logs: { orders: orders.client, inventory: inventory.client, credit: credit.client },
    subscriptions: {
      orders: new SubscriptionStore(orders.pool),
      inventory: new SubscriptionStore(inventory.pool),
      credit: new SubscriptionStore(credit.pool),
    },
    pools: { orders: orders.pool, inventory: inventory.pool, credit: credit.pool },
    availability: new AvailabilityReads(inventory.client),
    stockHistory: new StockHistory(inventory.client),
    credit,
    creditHistory: new CreditHistory(credit.client),
    partnerBookings: new PartnerBookings(inventory.client),
    trips: new TripsStore(orders.pool),
    tripsReads: new TripsReads(orders.client),
    webhooks: new WebhooksStore(orders.pool),
    deliveries,
    replays: new ReplayStore(orders.pool, deliveries.added),
    commands,
    commandCache: new CommandCache(commands),
    verdicts: (ids) => storedVerdicts(clients, ids),
    async ping() {
      await Promise.all(clients.map((client) => client.$queryRaw`SELECT 1`));
    },
    async close() {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await Promise.all([orders, inventory, credit].map(({ pool }) => pool.close()));
    },
  };
}
