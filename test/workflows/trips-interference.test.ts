import type { Party } from '../../src/domain/trip/trip';
import type { NewCommand } from '../../src/stores/orders/command-rows';
import { closed, commandRowOf, given } from '../support/order-changes';
import { openPartyFixture, type PartyFixture } from '../support/party-fixture';
import { due, lostSagas, terminated } from '../support/recovery';
import { eventually, type SagaFixture } from '../support/saga-fixture';
import { anotherRun } from '../support/saga-runs';
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
afterEach(async () => {
  for (const step of ['bookAtParty', 'cancelAtParty'] as const) fixture.interpose(step, undefined);
  for (const party of ['hotel', 'flight'] as const) await simulator.fault(party, { mode: 'ok' });
});

type TripCommand = NewCommand<'trip'>;

async function handleOf({ id }: TripCommand) {
  const { workflowId } = await commandRowOf(fixture, id);
  return fixture.context.temporal.client.workflow.getHandle(workflowId);
}

/** Starts a trip whose party books and then keeps its first answer back until it is told to send it. */
async function midAir(command: TripCommand, party: Party = 'flight') {
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let isHeld = false;
  fixture.interpose('bookAtParty', async (book, input) => {
    const outcome = await book(input);
    if (isHeld || (input as { readonly party: string }).party !== party) return outcome;
    isHeld = true;
    await answered;
    return outcome;
  });
  await given(fixture, command);
  await eventually(async () => expect(await bookedAt(simulator, { id: command.id }, party)).toBe('BOOKED 1'));
  return answer;
}

async function expectAgreement(command: TripCommand, end: object): Promise<void> {
  await closed(fixture, command.id);
  const trip = await tripRow(fixture, command);
  expect(trip).toMatchObject(end);
  expect(await discrepancies(simulator, trip)).toEqual([]);
}

test('a request to cancel does not stop a trip', async () => {
  const command = tripOf();
  const answer = await midAir(command);
  await (await handleOf(command)).cancel();
  answer();
  await expectAgreement(command, { status: 'BOOKED' });
});

test('a workflow that is terminated is started again, and books nothing twice', async () => {
  const command = tripOf();
  const answer = await midAir(command);
  await terminated(fixture, command.id);
  await due(fixture, [command]);
  await lostSagas(fixture).look();
  await expectAgreement(command, { status: 'BOOKED' });
  answer();
  expect(await bookedAt(simulator, { id: command.id }, 'flight')).toBe('BOOKED 1');
});

test('a workflow that is terminated while it cancels is started again, and cancels the rest', async () => {
  await simulator.fault('flight', { mode: 'refuse' });
  const command = tripOf();
  const held = holdBack(fixture, 'cancelAtParty');
  await given(fixture, command);
  await held.begun;
  await terminated(fixture, command.id);
  held.goOn();
  await due(fixture, [command]);
  await lostSagas(fixture).look();
  await expectAgreement(command, { status: 'REJECTED', reason: 'BOOKING_REFUSED' });
});

test('a request to cancel does not stop a trip that cancels what it has booked', async () => {
  await simulator.fault('flight', { mode: 'refuse' });
  const command = tripOf();
  const held = holdBack(fixture, 'cancelAtParty');
  await given(fixture, command);
  await held.begun;
  await (await handleOf(command)).cancel();
  held.goOn();
  await expectAgreement(command, { status: 'REJECTED' });
});

test('the relay does not restart a slow trip', async () => {
  const command = tripOf();
  const answer = await midAir(command);
  const restarted: string[] = [];
  await due(fixture, [command]);
  await lostSagas(fixture, restarted).look();
  expect(restarted).toEqual([]);
  answer();
  await expectAgreement(command, { status: 'BOOKED' });
});

test.each(['hotel', 'flight'] as const)(
  'two runs of one trip, of which one hears late of the %s, book once and end alike',
  async (party) => {
    const command = tripOf({ car: 'optional' });
    const answer = await midAir(command, party);
    expect(await anotherRun(fixture, command)).toMatchObject([{ decision: 'booked' }]);
    answer();
    expect(await (await handleOf(command)).result()).toMatchObject([{ decision: 'booked' }]);
    await expectAgreement(command, { status: 'BOOKED' });
  },
);

test('a repeated trip is one trip; another body under its key is refused', async () => {
  const first = tripOf();
  const { trip } = await travelled(fixture, first);
  expect(await given(fixture, first)).toMatchObject({ kind: 'replayed' });
  expect((await travelled(fixture, first)).trip).toEqual(trip);
  const other = { ...tripOf({ car: 'required' }, { id: first.id }), fingerprint: 'another' };
  expect(await given(fixture, other)).toEqual({ kind: 'key-reused' });
  const racing = tripOf();
  const answers = await Promise.all([given(fixture, racing), given(fixture, racing)]);
  expect(answers.map(({ kind }) => kind).sort()).toEqual(['recorded', 'replayed']);
  await expectAgreement(racing, { status: 'BOOKED' });
});

test('a running trip is found by its id, and shows how far it is', async () => {
  const command = tripOf({ car: 'optional' });
  const answer = await midAir(command);
  const details = async () =>
    (await (await handleOf(command)).query<{ currentDetails: string }>('__temporal_workflow_metadata'))
      .currentDetails;
  await eventually(async () =>
    expect(await details()).toMatch(/^\*\*NOT DECIDED YET\.\*\* Now: Ask for the flight\./),
  );
  expect(await details()).toMatch(/\| hotel \| booked as hotel-[0-9a-f-]+ \| {2}\|/);
  answer();
  await closed(fixture, command.id);
  const { workflow } = fixture.context.temporal.client;
  await eventually(async () => {
    const query = `OrderId = "${command.id}" AND OrderState = "BOOKED"`;
    expect((await workflow.count(query)).count).toBe(1);
  });
  expect(await details()).toMatch(/^\*\*BOOKED\.\*\* Nothing is left to do\./);
});
