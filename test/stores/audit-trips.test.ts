import type { BookTrip } from '../../src/contracts/trips';
import { auditBooks } from '../../src/stores/audit';
import { openStores, type Stores } from '../../src/stores/stores';
import { decideTrips, recordTrips } from '../http/support/recorded-trips';
import { createTestDatabase, type TestDatabase, withServer } from '../support/test-database';
import { tripOf } from '../support/trip-plays';

let database: TestDatabase;
let stores: Stores;
let trip: BookTrip;

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 2);
  trip = tripOf();
  const refused = { flight: { kind: 'refused', reason: 'NO_SEATS' } } as const;
  await decideTrips(stores, [trip, tripOf({ car: 'optional' })]);
  await decideTrips(stores, [tripOf()], { hotel: refused.flight });
});
afterEach(async () => {
  await stores.close();
  await database.drop();
});

const damage = (sql: string) => withServer(database.url, (client) => client.query(sql, [trip.commandId]));

test('trips that were decided, and nothing under way: no findings', async () => {
  expect(await auditBooks(stores)).toEqual([]);
});

test.each([
  [
    'a status',
    `UPDATE orders.trip SET status = 'REJECTED' WHERE id = $1`,
    'status is "REJECTED", by the log "BOOKED"',
  ],
  [
    'a reference',
    `UPDATE orders.trip SET bookings = jsonb_set(bookings, '{0,reference}', '"x"') WHERE id = $1`,
    'bookings is',
  ],
  ['a version', `UPDATE orders.trip SET stream_version = 9 WHERE id = $1`, 'streamVersion is 9'],
  ['a row that is gone', `DELETE FROM orders.trip WHERE id = $1`, 'there is a log and no row'],
])('%s that the log does not give is found', async (_, sql, finding) => {
  await damage(sql);
  const findings = await auditBooks(stores);
  expect(findings).toHaveLength(1);
  expect(findings[0]).toContain(`trip/${trip.commandId}: ${finding}`);
});

test('a row without a log is found', async () => {
  await damage(`INSERT INTO orders.trip SELECT 'trp_x', caller, traveller, status, reason, bookings, compensation,
    attention, stream_version, saga_id, created_at, updated_at FROM orders.trip WHERE id = $1`);
  expect(await auditBooks(stores)).toEqual(['trip/trp_x: there is a row, and no log from version 1 on.']);
});

test('one that is still under way is a finding only where nothing should be', async () => {
  const pending = tripOf();
  await recordTrips(stores, [pending]);
  const undoing = tripOf();
  await decideTrips(stores, [undoing], { flight: { kind: 'out-of-reach' } });
  expect(await auditBooks(stores, { isQuiet: false })).toEqual([]);
  expect([...(await auditBooks(stores))].sort()).toEqual(
    [
      `Trip ${pending.commandId} is PENDING, and nothing is under way.`,
      `Trip ${undoing.commandId} is still being undone, and nothing is under way.`,
    ].sort(),
  );
});
