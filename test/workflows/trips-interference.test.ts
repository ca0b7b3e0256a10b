import type { BookTrip } from '../../src/contracts/trips';
import { finishTripId } from '../../src/contracts/workflow-names';
import { lostTripsWatch } from '../../src/intake/lost-trips-watch';
import { sagaId } from '../../src/temporal/saga-starter';
import { sagaWitness } from '../../src/temporal/saga-witness';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { holdBack } from '../support/saga-sabotage';
import type { SimulatorProcess } from '../support/simulator-process';
import { bookedAt, discrepancies, travelled, tripOf, tripRow } from '../support/trip-plays';

let opened: PartyFixture;
let simulator: SimulatorProcess;
let fixture: SagaFixture;

beforeAll(async () => {
  opened = await openPartyFixture();
  ({ fixture, simulator } = opened);
});
afterAll(() => opened.close());
afterEach(() => fixture.interpose('bookAtParty', undefined));

const idOf = ({ commandId }: BookTrip) => sagaId('bookTrip', [commandId]);
const handleOf = (command: BookTrip) => fixture.context.temporal.client.workflow.getHandle(idOf(command));

/** Starts a trip whose flight books and then does not answer until it is told to. */
async function midAir(command: BookTrip) {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fixture.interpose('bookAtParty', async (book, input) => {
    const outcome = await book(input);
    if ((input as { readonly party: string }).party === 'flight') await answered;
    return outcome;
  });
  const { outcomes } = await fixture.context.starters.bookTrip([command]);
  outcomes.catch(() => undefined);
  await eventually(async () =>
    expect(await bookedAt(simulator, { id: command.commandId }, 'flight')).toBe('BOOKED 1'),
  );
  return { answer, outcomes };
}

function watch() {
  const { stores, starters, temporal, settings } = fixture.context;
  return lostTripsWatch({
    reads: stores.tripsReads,
    unrecorded: stores.unrecorded,
    witness: sagaWitness(temporal.client, settings.taskQueue),
    finish: starters.finishTrip,
    startAgain: (command) => {
      fixture.intakes.trips.submit(command);
    },
  });
}

/** A minute goes by for this trip. */
async function age({ commandId }: BookTrip): Promise<void> {
  await fixture.sql(`UPDATE orders.trip SET updated_at = updated_at - interval '1 minute' WHERE id = $1`, [
    commandId,
  ]);
}

const finished = (command: BookTrip) =>
  fixture.context.temporal.client.workflow.getHandle(finishTripId(command.commandId)).result();

test('a workflow that is cancelled takes back what it had booked', async () => {
  const command = tripOf();
  const { answer, outcomes } = await midAir(command);
  await handleOf(command).cancel();
  const [outcome] = await outcomes;
  answer();
  expect(outcome).toEqual({ kind: 'rejected', tripId: command.commandId, reason: 'CANCELLED' });
  const trip = await tripRow(fixture, command);
  expect(trip).toMatchObject({ status: 'REJECTED', compensation: 'done' });
  expect(await discrepancies(simulator, trip)).toEqual([]);
});

test('a workflow that is terminated is noticed, and its bookings are cancelled', async () => {
  const command = tripOf();
  const { answer } = await midAir(command);
  await handleOf(command).terminate('a test');
  answer();
  await age(command);
  await watch().look();
  await finished(command);
  const trip = await tripRow(fixture, command);
  expect(trip).toMatchObject({ status: 'REJECTED', reason: 'RECLAIMED', compensation: 'done' });
  expect(trip.bookings.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED']);
  expect(await discrepancies(simulator, trip)).toEqual([]);
});

test('a request to cancel does not stop who takes back what was booked', async () => {
  const command = tripOf();
  const { answer } = await midAir(command);
  await handleOf(command).terminate('a test');
  answer();
  const held = holdBack(fixture, 'cancelAtParty');
  const { commandId, caller, correlation } = command;
  await fixture.context.starters.finishTrip({ commandId, caller, correlation, reason: 'RECLAIMED' });
  await held.begun;
  await fixture.context.temporal.client.workflow.getHandle(finishTripId(commandId)).cancel();
  held.goOn();
  await finished(command);
  const trip = await tripRow(fixture, command);
  expect(trip).toMatchObject({ status: 'REJECTED', compensation: 'done' });
  expect(await discrepancies(simulator, trip)).toEqual([]);
});

test('one that is slow and alive is left alone', async () => {
  const command = tripOf();
  const { answer, outcomes } = await midAir(command);
  await age(command);
  await watch().look();
  answer();
  expect(await outcomes).toMatchObject([{ kind: 'booked' }]);
});

test('one that is taken for dead and is not books nothing more, and nothing is left of it', async () => {
  const command = tripOf({ car: 'required' });
  const { answer, outcomes } = await midAir(command);
  const { commandId, caller, correlation } = command;
  await fixture.context.starters.finishTrip({ commandId, caller, correlation, reason: 'RECLAIMED' });
  await finished(command);
  answer();
  expect(await outcomes).toMatchObject([{ kind: 'rejected', reason: 'RECLAIMED' }]);
  const trip = await tripRow(fixture, command);
  expect(trip.bookings.map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED', 'WANTED']);
  expect(await discrepancies(simulator, trip)).toEqual([]);
});

test('one that was terminated before it was recorded is started again', async () => {
  await fixture.stopWorker();
  const command = tripOf();
  const { outcomes } = await fixture.context.starters.bookTrip([command]);
  outcomes.catch(() => undefined);
  await handleOf(command).terminate('a test');
  await fixture.startWorker();
  await eventually(async () => {
    await watch().look();
    expect(await tripRow(fixture, command)).toMatchObject({ status: 'BOOKED' });
  });
});

test('the same trip twice is one trip; another one under its key is refused', async () => {
  const first = tripOf();
  const { trip } = await travelled(fixture, first);
  expect((await travelled(fixture, first)).trip).toEqual(trip);
  const other = tripOf({}, { idempotencyKey: first.idempotencyKey });
  const [a, b] = [tripOf(), tripOf()];
  const racing = [a, { ...b, idempotencyKey: a.idempotencyKey }];
  const outcomes = await Promise.all(
    racing.map(async (one) => (await travelled(fixture, one)).outcome?.kind),
  );
  expect(outcomes.sort()).toEqual(['booked', 'rejected']);
  const { trip: refused } = await travelled(fixture, other);
  expect(refused).toMatchObject({
    status: 'REJECTED',
    reason: 'IDEMPOTENCY_KEY_REUSED',
    compensation: 'none',
  });
  expect(await discrepancies(simulator, refused)).toEqual([]);
});

test('a running trip is found by its id, and shows how far it is', async () => {
  const command = tripOf({ car: 'optional' });
  const { answer, outcomes } = await midAir(command);
  const { temporal, settings } = fixture.context;
  await eventually(async () =>
    expect(await sagaWitness(temporal.client, settings.taskQueue).ledger(idOf(command))).toMatchObject({
      kind: 'ask',
      asking: { party: 'flight' },
    }),
  );
  const { currentDetails } = await handleOf(command).query<{ currentDetails: string }>(
    '__temporal_workflow_metadata',
  );
  expect(currentDetails).toMatch(/^asking: flight/);
  expect(currentDetails).toMatch(/\| hotel \| BOOKED \| hotel-[0-9a-f-]+ \| {2}\|/);
  answer();
  await outcomes;
  await eventually(async () => {
    const query = `OrderId = "${command.commandId}" AND OrderState = "BOOKED"`;
    const found = temporal.client.workflow.list({ query });
    for await (const { workflowId } of found) expect(workflowId).toBe(idOf(command));
    expect((await temporal.client.workflow.count(query)).count).toBe(1);
  });
  expect(
    (await handleOf(command).query<{ currentDetails: string }>('__temporal_workflow_metadata'))
      .currentDetails,
  ).toMatch(/^\*\*BOOKED\*\*/);
});
