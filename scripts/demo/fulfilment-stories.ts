import type { Holdfast, Order, Shipment } from '../../client/holdfast-client';
import type { DemoShop } from './demo-shop';
import { ends, expect, type Story, type Told, until } from './story';

const REPORTS = {
  accept: (api: Holdfast, id: string) => api.acceptShipment({ path: { id } }),
  ship: (api: Holdfast, id: string) => api.shipUnits({ path: { id } }),
  deliver: (api: Holdfast, id: string) => api.deliverShipment({ path: { id } }),
};

async function shipmentsOf(shop: DemoShop, { id }: Order): Promise<readonly Shipment[]> {
  return (await shop.api.listOrderShipments({ path: { id } })).items;
}

/** Sends a shipment's reports as its node does, one after the other. */
async function reports(
  shop: DemoShop,
  { id }: Shipment,
  ...said: readonly (keyof typeof REPORTS)[]
): Promise<void> {
  for (const report of said) await REPORTS[report](shop.api, id);
}

/**
 * Returns the order in its present state. Its link leads to all of its sagas, because it has had more than one by now.
 */
async function read(shop: DemoShop, { id }: Order): Promise<Order> {
  const { links, ...order } = await shop.api.getOrder({ path: { id } });
  const { webUi: _, webUiSearch, ...others } = links;
  return { ...order, links: webUiSearch === undefined ? others : { ...others, webUi: webUiSearch } };
}

/** Reads an order until the capture that follows a shipment shows: a shipment is answered at its record. */
function untilPaid(shop: DemoShop, order: Order, payment: string): Promise<Order> {
  return until(
    () => read(shop, order),
    (found) => found.payment === payment,
    ends,
  );
}

/** Orders five chairs from two warehouses and returns their two shipments. */
async function inTwoParcels(shop: DemoShop, name: string, buyer: string) {
  const sku = await shop.item(name, { 'wh-north': 3, 'wh-south': 2 });
  const customer = await shop.customer(buyer, 100_000);
  const order = await shop.order(customer, sku, 5);
  const [first, second] = await shipmentsOf(shop, order);
  if (!first || !second) throw new Error(`order ${order.id} has not got two shipments`);
  return { sku, customer, order, first, second };
}

async function deliveredAndPaid(shop: DemoShop): Promise<Told> {
  const { customer, order, first, second } = await inTwoParcels(shop, 'STOOL', 'noether');
  await reports(shop, first, 'accept', 'ship');
  const halfway = await untilPaid(shop, order, 'partly_captured');
  const owed = await shop.credit(customer);
  await reports(shop, second, 'accept', 'ship', 'deliver');
  await reports(shop, first, 'deliver');
  const delivered = await untilPaid(shop, order, 'captured');
  const { captured } = await shop.credit(customer);
  await shop.api.recordPayment({ path: { customerId: customer }, body: { amount: captured } });
  const { available } = await shop.credit(customer);
  expect(delivered.status === 'DELIVERED' && available === 100_000, ends(delivered));
  return {
    order: delivered,
    lines: [
      `the parcel of ${first.nodeId} has left: ${halfway.status}, ${halfway.payment}; captured ${owed.captured}, still held ${owed.held}`,
      `${ends(delivered)}, ${delivered.payment}: each parcel was captured when it left, ${captured} in all`,
      `the customer pays, and has all credit back: ${available}`,
    ],
  };
}

async function inTwoParts(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('TABLE', { 'wh-north': 5 });
  const customer = await shop.customer('hopper', 100_000);
  const order = await shop.order(customer, sku, 5);
  const [whole] = await shipmentsOf(shop, order);
  if (!whole) throw new Error(`order ${order.id} has no shipment`);
  await reports(shop, whole, 'accept');
  const lines = [{ lineId: '1', quantity: 2 }];
  const { restId } = await shop.api.shipUnits({ path: { id: whole.id }, body: { lines } });
  const halfway = await untilPaid(shop, order, 'partly_captured');
  const owed = await shop.credit(customer);
  const rest = (await shipmentsOf(shop, order)).find(({ id }) => id === restId);
  if (!rest) throw new Error(`shipment ${whole.id} has left in part and has no rest`);
  await reports(shop, rest, 'ship', 'deliver');
  await reports(shop, whole, 'deliver');
  const delivered = await untilPaid(shop, order, 'captured');
  const { captured } = await shop.credit(customer);
  expect(owed.captured === 2_000 && delivered.status === 'DELIVERED' && captured === 5_000, ends(delivered));
  return {
    order: delivered,
    lines: [
      `${whole.nodeId} ships 2 of 5 units as ${whole.id}: ${halfway.status}, captured ${owed.captured}`,
      `the other 3 are now the shipment ${rest.id}, ${rest.state} with the deadline of before`,
      `they follow: ${ends(delivered)}, captured ${captured} in all`,
    ],
  };
}

async function nodeFindsNothing(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('BENCH', { 'wh-north': 2, 'wh-south': 2 });
  const order = await shop.order(await shop.customer('curie', 100_000), sku, 2);
  const [picked] = await shipmentsOf(shop, order);
  if (!picked) throw new Error(`order ${order.id} has no shipment`);
  const body = { lineId: '1', quantity: 2, reason: 'NOT_IN_STOCK' } as const;
  await shop.api.rejectUnits({ path: { id: picked.id }, body });
  const shipments = await shipmentsOf(shop, order);
  const { nodes } = await shop.stock(sku);
  const [left] = nodes.filter(({ nodeId }) => nodeId === picked.nodeId);
  const instead = shipments.find(({ state }) => state === 'RELEASED');
  expect(instead !== undefined && left?.committed === 0, JSON.stringify(shipments));
  return {
    order: await read(shop, order),
    lines: [
      `${picked.nodeId} was to ship both units and reports that it has none`,
      `${instead?.nodeId} ships them instead; the supply of ${picked.nodeId} counts as 0 until its next report`,
    ],
  };
}

async function revised(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('SHELF', { 'wh-north': 5 });
  const customer = await shop.customer('euler', 100_000);
  const order = await shop.order(customer, sku, 2);
  const revise = (baseVersion: number, quantity: number) => {
    const lines = [{ lineId: '1', sku, quantity, unitPrice: 1_000 }];
    return shop.api.reviseOrder({ path: { id: order.id }, body: { baseVersion, lines } });
  };
  await revise(1, 4);
  const more = await read(shop, order);
  const refused = await revise(2, 9).catch((error: Error) => error.message);
  const after = await read(shop, order);
  const { held } = await shop.credit(customer);
  expect(after.version === 2 && held === 4_000 && typeof refused === 'string', JSON.stringify(after));
  return {
    order: after,
    lines: [
      `a revision from 2 to 4 units is version ${more.version}: it takes stock and credit for 2 units only`,
      `a revision from 4 to 9 units is refused (${after.lastCommand?.reason}): the order stays as it was, credit held ${held}`,
    ],
  };
}

async function returned(shop: DemoShop): Promise<Told> {
  const sku = await shop.item('LAMP', { 'wh-north': 3 });
  const customer = await shop.customer('germain', 100_000);
  const order = await shop.order(customer, sku, 3);
  const [sent] = await shipmentsOf(shop, order);
  if (!sent) throw new Error(`order ${order.id} has no shipment`);
  await reports(shop, sent, 'accept', 'ship', 'deliver');
  await untilPaid(shop, order, 'captured');
  const lines = [
    { lineId: '1', quantity: 1, condition: 'SELLABLE' as const },
    { lineId: '1', quantity: 1, condition: 'DAMAGED' as const },
  ];
  await shop.api.returnUnits({ path: { id: order.id }, body: { nodeId: sent.nodeId, lines } });
  const after = await read(shop, order);
  const { captured } = await shop.credit(customer);
  const { atp, nodes } = await shop.stock(sku);
  const [node] = nodes;
  expect(after.payment === 'partly_refunded' && captured === 1_000 && atp === 1, JSON.stringify(after));
  return {
    order: after,
    lines: [
      `of three lamps delivered two come back to ${sent.nodeId}, one as good as new and one broken`,
      `${after.payment}: 2000 are refunded, ${captured} are still owed`,
      `${node?.supply} are there again, ${node?.unavailable} of them unavailable: ${atp} can be sold`,
    ],
  };
}

async function cancelMeetsShipping(shop: DemoShop): Promise<Told> {
  const { customer, sku, order, first, second } = await inTwoParcels(shop, 'SOFA', 'turing');
  await reports(shop, first, 'accept', 'ship');
  await reports(shop, second, 'accept');
  const [cancel, ship] = await Promise.allSettled([
    shop.api.cancelOrder({ path: { id: order.id } }),
    reports(shop, second, 'ship'),
  ]);
  const { held, captured } = await until(
    () => shop.credit(customer),
    (credit) => credit.held === 0,
    (credit) => `${credit.held} are still held`,
  );
  const after = await read(shop, order);
  const { atp } = await shop.stock(sku);
  expect(
    (cancel.status === 'fulfilled') !== (ship.status === 'fulfilled') && held === 0,
    JSON.stringify(after),
  );
  const isCancelled = cancel.status === 'fulfilled';
  expect(atp === (isCancelled ? 2 : 0) && captured === (isCancelled ? 3_000 : 5_000), `${atp}, ${captured}`);
  return {
    order: after,
    lines: [
      `one parcel has left; at the same moment the customer cancels and the other is shipped: the ${isCancelled ? 'cancel' : 'shipment'} wins, the other gets a 409`,
      `${ends(after)}, ${after.payment}: captured ${captured} for what left, ${atp} back on the shelf, nothing held`,
    ],
  };
}

export const FULFILMENT_STORIES: readonly Story[] = [
  { title: 'Two parcels are shipped, captured, delivered and paid', tell: deliveredAndPaid },
  { title: 'A shipment is split: a part leaves at once, the rest later', tell: inTwoParts },
  { title: 'Two of three units come back, one of them damaged', tell: returned },
  { title: 'A node reports that it has no stock', tell: nodeFindsNothing },
  { title: 'An order is revised, and only the difference moves stock and credit', tell: revised },
  { title: 'A cancel meets a shipment', tell: cancelMeetsShipping },
];
