import { tripSteps } from '../../activities/trip-steps';
import { auditBooks } from '../../src/audit/audit';
import { reconcileStores } from '../../src/audit/reconcile/reconcile';
import { bookingKeyOf, type Trip } from '../../src/domain/trip/trip';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { openStores, type Stores } from '../../src/stores/stores';
import { ADMIN_KEY, startApi } from '../http/support/api-under-test';
import { directDeps } from '../support/direct-saga';
import { copiesOf, restoredFrom } from '../support/restored-stores';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';
import { createTestDatabase, type TestDatabase } from '../support/test-database';

let database: TestDatabase;
let simulator: SimulatorProcess;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createTestDatabase(), startSimulator()]);
});

afterEach(() => Promise.all([database.drop(), simulator.stop()]));

const TRIP = {
  traveller: 'Mary Baker',
  hotel: { city: 'Lisbon', nights: 3 },
  flight: { from: 'HAM', to: 'LIS' },
};

/** Books a trip over HTTP under one key, at the simulated parties. */
async function bookTrip(stores: Stores): Promise<Trip | undefined> {
  await stores.apiKeys.put(ADMIN_KEY, { caller: 'tester', scopes: ['admin'] });
  const api = await startApi({ stores });
  const { json } = await api.call('POST', '/v1/trips', TRIP, { 'Idempotency-Key': 'trip-1' });
  await api.close();
  const { id } = json as { readonly id: string };
  const parties = httpBookingParties(simulator.partnersUrl);
  const steps = tripSteps(directDeps(stores, parties));
  for (let trip = await steps.resumeTrip({ id }); trip.kind === 'ask'; ) {
    const { party, what } = trip.asking;
    const reply = await parties.book(party, bookingKeyOf(id, party), what);
    if (reply.kind === 'unknown') throw new Error(reply.detail);
    trip = await steps.noteReply({ id, party, reply });
  }
  return stores.tripsReads.trip(id);
}

test('a lost trip is not listed, and its repeat under its key gets the id and the bookings of the lost one', async () => {
  const copies = copiesOf(database.url);
  const copy = await copies.take();
  const before = openStores(restoredFrom(database.url, 'orders', database.url), 2);
  const lost = await bookTrip(before);
  await before.close();
  expect(lost?.status).toBe('BOOKED');

  const stores = openStores(restoredFrom(copy, 'orders', database.url), 2);
  try {
    expect(await reconcileStores(stores, { safeMinutes: 0 })).toEqual({ lines: [], left: 0 });
    const again = await bookTrip(stores);
    expect(again).toMatchObject({ id: lost?.id, status: 'BOOKED', bookings: lost?.bookings });
    for (const party of ['hotel', 'flight'])
      expect(Object.values(await simulator.bookings(party))).toEqual([
        expect.objectContaining({ references: [expect.any(String)] }),
      ]);
    expect(await auditBooks(stores)).toEqual([]);
  } finally {
    await stores.close();
    await copies.drop();
  }
});
