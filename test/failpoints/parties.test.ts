import { createActivities } from '../../activities/activities';
import { auditBooks } from '../../src/audit/audit';
import { directDeps } from '../support/direct-saga';
import { OWN_FATES, PARTY_FATES } from '../support/saga-failpoint-fates';
import {
  nameOf,
  type Played,
  playDeaths,
  scenariosAlone,
  scenariosTogether,
} from '../support/saga-failpoint-play';
import { openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { type ShownBooking, type SimulatorProcess, startSimulator } from '../support/simulator-process';
import { discrepancies } from '../support/trip-plays';

/** Returns true when the fate is a trip's: its name says so. */
const isOfTrip = (name: string) => name.startsWith('a trip');
const AT_PARTNERS = Object.fromEntries(Object.entries(PARTY_FATES).filter(([name]) => !isOfTrip(name)));
const SCENARIOS = [...scenariosAlone(PARTY_FATES), ...scenariosTogether(AT_PARTNERS, ['handOver'])];
const FATES = Object.entries(PARTY_FATES);

/** Steps that run only after a fault. */
const AFTER_A_FAULT = ['putBeforeOperator', 'decideAgainstTrip'];
/** A reservation has no row: its caller gets the answer, or asks again under its key (reservations.test.ts). */
const WITHOUT_A_ROW = ['holdStock'];

let simulator: SimulatorProcess;
let fixture: SagaFixture;
let played: Played;

beforeAll(async () => {
  simulator = await startSimulator();
  fixture = await openSagaFixture({ worker: false, eager: false, partnersUrl: simulator.partnersUrl });
  played = await playDeaths(fixture, PARTY_FATES, SCENARIOS);
}, 1_800_000);

afterAll(async () => {
  await fixture.close();
  await simulator.stop();
});

test('every activity has a death', () => {
  const killed = new Set([...SCENARIOS, ...scenariosAlone(OWN_FATES)].map(({ step }) => step));
  const names = Object.keys(createActivities(directDeps(fixture.context.stores)));
  const alive = names.filter((name) => !killed.has(name));
  expect(alive.sort()).toEqual([...AFTER_A_FAULT, ...WITHOUT_A_ROW].sort());
});

test.each(FATES)('%s: ends as it should where nobody dies', (name, { kind, decision, status }) => {
  const tale = played.undisturbed.get(name);
  expect(tale).toMatchObject({ [isOfTrip(name) ? 'trip' : 'order']: { status } });
  const command = expect.objectContaining({
    kind,
    decision: expect.objectContaining({ kind: decision }),
    isClosed: true,
  });
  expect(tale).toMatchObject({ commands: expect.arrayContaining([command]) });
});

test('every process came to every place it was to die at', () => {
  expect(played.missed).toEqual([]);
});

test.each(SCENARIOS.map((scenario) => [nameOf(scenario), scenario] as const))(
  'a process killed just %s: others bring every order and trip to where it would have been',
  (name, { fates }) => {
    expect(played.tales.get(name)).toEqual(fates.map((fate) => played.undisturbed.get(fate)));
  },
);

test('partners have what orders need of them, and no more', async () => {
  const orders = await fixture.sql<{ id: string; partner: number }>(
    `SELECT r.order_id AS id, coalesce(sum(a.quantity) FILTER (WHERE a.node_id = 'pa-lumen'), 0)::int AS partner
     FROM inventory.reservation r LEFT JOIN inventory.allocation a ON a.reservation_id = r.id GROUP BY 1`,
  );
  expect(orders.length).toBeGreaterThan(FATES.length);
  const bookings = await simulator.bookings('pa-lumen');
  const wrong: string[] = [];
  for (const { id, partner } of orders) {
    const booked = unitsIn(bookings, id);
    if (booked !== partner) wrong.push(`${id} needs ${partner} and has ${booked}`);
  }
  expect(wrong).toEqual([]);
});

/** Returns the units booked in all rounds, each booking as often as the partner has it. */
function unitsIn(bookings: Readonly<Record<string, ShownBooking>>, orderId: string): number {
  const prefix = `${orderId.replace('ord_', 'rsv_')}/`;
  return Object.entries(bookings)
    .filter(([key, { state }]) => key.startsWith(prefix) && state === 'BOOKED')
    .flatMap(([, { lines = [], references }]) => lines.map(({ quantity }) => quantity * references.length))
    .reduce((sum, units) => sum + units, 0);
}

test('parties have what trips need of them, and no more', async () => {
  const ids = await fixture.sql<{ id: string }>('SELECT id FROM orders.trip');
  const wrong: string[] = [];
  for (const { id } of ids) {
    const trip = await fixture.context.stores.tripsReads.trip(id);
    if (trip) wrong.push(...(await discrepancies(simulator, trip)));
  }
  expect(wrong).toEqual([]);
});

test('and the books balance', async () => {
  expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
});
