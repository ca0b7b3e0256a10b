import type { NewCommand } from '../../src/stores/command-rows';
import { closed, commandRowOf, given, inOneBatch } from '../support/order-changes';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, terminated } from '../support/recovery';
import { eventually, type SagaFixture } from '../support/saga-fixture';
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

/** Starts a trip whose flight has booked, and does not answer until it is told to. */
async function midAir(command: NewCommand<'trip'>): Promise<{ answer(): void }> {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  fixture.interpose('bookAtParty', async (book, input) => {
    const outcome = await book(input);
    if ((input as { readonly party: string }).party === 'flight') await answered;
    return outcome;
  });
  await given(fixture, command);
  await eventually(async () => expect(await bookedAt(simulator, command, 'flight')).toBe('BOOKED 1'));
  return { answer };
}

async function handleOf({ id }: NewCommand<'trip'>) {
  const { workflowId } = await commandRowOf(fixture, id);
  return fixture.context.temporal.client.workflow.getHandle(workflowId);
}

/** The trip once its command is closed; it and its parties agree. */
async function ended(command: NewCommand<'trip'>) {
  await closed(fixture, command.id);
  const trip = await tripRow(fixture, command);
  expect(await discrepancies(simulator, trip)).toEqual([]);
  return trip;
}

test('a request to cancel its workflow does not stop a trip', async () => {
  const command = tripOf();
  const { answer } = await midAir(command);
  await (await handleOf(command)).cancel();
  answer();
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
});

test('a trip whose workflow was terminated is started again, and finds what its party has booked', async () => {
  const command = tripOf();
  const { answer } = await midAir(command);
  const workflowId = await terminated(fixture, command.id);
  answer();
  const restarted: string[] = [];
  await due(fixture, [command]);
  await lostSagas(fixture, restarted).look();
  expect(restarted).toEqual([workflowId]);
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
  expect(await bookedAt(simulator, command, 'flight')).toBe('BOOKED 1');
});

test('a trip that is slow and alive is left alone', async () => {
  const command = tripOf();
  const { answer } = await midAir(command);
  const restarted: string[] = [];
  await due(fixture, [command]);
  await lostSagas(fixture, restarted).look();
  answer();
  expect(restarted).toEqual([]);
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
});

test('two runs of one trip end alike, and book nothing twice', async () => {
  const command = tripOf({ car: 'required' });
  const { answer } = await midAir(command);
  const member = { id: command.id, subject: command.subject, decision: null, line: 'again' };
  const start = { workflow: 'bookTrip', workflowId: `bookTrip/${command.id}/beside` };
  await fixture.context.sagas.startAgain({
    ...start,
    input: { members: [member] },
    lines: ['again'],
    subjects: [command.subject],
  });
  answer();
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
  await fixture.context.temporal.client.workflow.getHandle(start.workflowId).result();
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
});

test('a trip that is recorded while no worker runs is booked once there is one', async () => {
  await fixture.stopWorker();
  const command = tripOf();
  await given(fixture, command);
  expect(await tripRow(fixture, command)).toMatchObject({ status: 'PENDING' });
  await fixture.startWorker();
  expect(await ended(command)).toMatchObject({ status: 'BOOKED' });
});

test('the same trip twice is one trip; another one under its id is refused', async () => {
  const first = tripOf();
  const { trip } = await travelled(fixture, first);
  expect((await travelled(fixture, first)).trip).toEqual(trip);
  const { id } = first;
  const other = tripOf({}, { id, fingerprint: 'another body' });
  expect((await inOneBatch(fixture, [other])).answers).toEqual([{ kind: 'key-reused' }]);
});

test('a running trip shows how far it is, and is found by its id', async () => {
  const command = tripOf({ car: 'optional' });
  const { answer } = await midAir(command);
  const handle = await handleOf(command);
  const details = async () =>
    (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
  expect(await details()).toMatch(/^asking: flight/);
  expect(await details()).toMatch(/\| hotel \| BOOKED \| hotel-[0-9a-f-]+ \| {2}\|/);
  answer();
  await ended(command);
  expect(await details()).toMatch(/^\*\*BOOKED\*\*/);
  const { workflow } = fixture.context.temporal.client;
  await eventually(async () => {
    const query = `OrderId = "${command.id}" AND OrderState = "BOOKED"`;
    expect((await workflow.count(query)).count).toBe(1);
  });
});
