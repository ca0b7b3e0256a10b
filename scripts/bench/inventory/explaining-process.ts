import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { KnownItems } from '../../../src/domain/inventory/offer/availability';
import { offerOf } from '../../../src/domain/inventory/offer/offer';
import { openStores } from '../../../src/stores/stores';

/**
 * Answers availability as Holdfast once did: each request reads the projection from the database and is answered with all
 * terms. It checks nothing, so it is faster than the API was. It tells its parent its port.
 */
const url = process.argv[2] ?? '';
const stores = openStores({ orders: url, inventory: url, credit: url });

const server = createServer(async (request, response) => {
  const { skus, region, channel } = JSON.parse(await text(request)) as Asked;
  const buyer = { region, channel, shippingMethod: null, customerId: null };
  const { now, asOf, ...known } = await stores.availability.known(skus);
  const items = new KnownItems(known, now);
  const offers = skus.flatMap((sku) => {
    const facts = items.facts(sku);
    return facts ? offerOf(facts, buyer, now) : [];
  });
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ items: offers, asOf }));
});

interface Asked {
  readonly skus: readonly string[];
  readonly region: string;
  readonly channel: string;
}

server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));
