import type { Stores } from '../../../src/stores/stores';
import { printRows } from '../bench-report';
import type { BenchServers } from '../bench-servers';
import { measureAvailability, measureFreshness } from './availability-load';
import { measureFeeds } from './feed-load';
import { loadRange } from './inventory-data';
import { measureReservations } from './reservation-load';
import { loadNodes, measureWide } from './wide-availability';

/** Measures reservations of one hot item and of many, availability, its freshness under load, and feeds. */
export async function measureInventory(servers: BenchServers, stores: Stores) {
  await loadRange(stores);
  const reservations = await measureReservations(servers);
  printRows('Reservations over HTTP, beside one bare statement each', reservations);
  return { reservations, ...(await availabilityOfRange(servers, stores)), feeds: await feedRange(servers) };
}

/** Measures availability alone. */
export async function measureAvailabilityAlone(servers: BenchServers, stores: Stores) {
  await loadRange(stores);
  return availabilityOfRange(servers, stores);
}

async function availabilityOfRange(servers: BenchServers, stores: Stores) {
  const availability = await measureAvailability(servers);
  printRows('Availability over HTTP', availability);
  const freshness = await measureFreshness(servers);
  console.log(`\nFreshness of availability: ${JSON.stringify(freshness)}`);
  return { availability, freshness, wide: await wideRange(servers, stores) };
}

/** Measures requests for a thousand items at 500 nodes alone. */
export async function measureWideAlone(servers: BenchServers, stores: Stores) {
  await loadRange(stores);
  return { wide: await wideRange(servers, stores) };
}

async function wideRange(servers: BenchServers, stores: Stores) {
  await loadNodes(stores);
  const wide = await measureWide(servers);
  console.log(`\nA thousand items with 500 nodes: ${JSON.stringify(wide)}`);
  return wide;
}

/** Measures feeds alone. */
export async function measureFeedsAlone(servers: BenchServers, stores: Stores) {
  await loadRange(stores);
  return { feeds: await feedRange(servers) };
}

async function feedRange(servers: BenchServers) {
  const feeds = await measureFeeds(servers);
  console.log(`\nFeeds: ${JSON.stringify(feeds)}`);
  return feeds;
}
