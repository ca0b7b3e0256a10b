import { auditBooks } from '../../src/audit/audit';
import { noteReply } from '../../src/domain/trip/decide-trip';
import type { Party, PartyReply } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { openStores, type Stores } from '../../src/stores/stores';
import { record } from '../support/direct-saga';
import { commandOf, randomId } from '../support/new-commands';
import { createTestDatabase, type TestDatabase, withServer } from '../support/test-database';

let database: TestDatabase;
let stores: Stores;
let booked: NewCommand<'trip'>;

beforeEach(async () => {
  database = await createTestDatabase();
  stores = openStores({ orders: database.url, inventory: database.url, credit: database.url }, 2);
  booked = trip();
  await record(stores, [booked]);
  await reply(booked, 'hotel', BOOKED);
  await reply(booked, 'flight', BOOKED);
  const refused = trip();
  await record(stores, [refused]);
  await reply(refused, 'hotel', REFUSED);
});

afterEach(async () => {
  await stores.close();
  await database.drop();
});

const BOOKED: PartyReply = { kind: 'booked', references: ['r1'] };
const REFUSED: PartyReply = { kind: 'refused', reason: 'FULL' };

function trip(): NewCommand<'trip'> {
  const id = `trp_${randomId()}`;
  const wishes = [
    { party: 'hotel', what: { city: 'Lisbon', nights: 3 }, isOptional: false },
    { party: 'flight', what: { from: 'HAM', to: 'LIS' }, isOptional: false },
  ] as const;
  return commandOf('trip', id, { traveller: 'Mary Baker', wishes }, { id });
}

const reply = ({ id }: NewCommand<'trip'>, party: Party, said: PartyReply) =>
  stores.trips.decide(id, (found, command) => noteReply(found, command, { party, reply: said }));

const damage = (sql: string) => withServer(database.url, (client) => client.query(sql, [booked.id]));

/** Returns the findings about trips' rows. A refusal leaves a cancellation to send, so one command is open. */
const findings = async () => (await auditBooks(stores)).filter((finding) => !finding.startsWith('Command '));

test('decided trips have no findings at a quiet point', async () => {
  expect(await findings()).toEqual([]);
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
  ['a version', `UPDATE orders.trip SET stream_version = 9 WHERE id = $1`, 'version is 9'],
  ['a row that is gone', `DELETE FROM orders.trip WHERE id = $1`, 'there is a log and no row'],
])('finds %s that the log does not give', async (_, sql, finding) => {
  await damage(sql);
  const found = await findings();
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(`trip/${booked.id}: ${finding}`);
});

test('finds a row without a log', async () => {
  await damage(`INSERT INTO orders.trip SELECT 'trp_x', caller, traveller, status, reason, bookings,
    stream_version, created_at, updated_at FROM orders.trip WHERE id = $1`);
  expect(await findings()).toEqual(['trip/trp_x: there is a row, and no log from version 1 on.']);
});

test('finds an open trip whose command is closed', async () => {
  const pending = trip();
  await record(stores, [pending]);
  expect(await findings()).toEqual([]);
  await withServer(database.url, (client) =>
    client.query(`UPDATE orders.command SET closed_at = now() WHERE id = $1`, [pending.id]),
  );
  expect(await findings()).toEqual([`${pending.id} is PENDING, and no open command books it.`]);
});
