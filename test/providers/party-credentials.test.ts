import { closeContext, openContext, type ProcessContext } from '../../src/main/roles/process-context';
import type { BookingParties } from '../../src/providers/booking-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { type PartyCredentials, withCredentials } from '../../src/providers/party-credentials';
import { LogCapture } from '../observability/support/log-capture';
import { settingsFor } from '../support/saga-settings';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';
import { createTestDatabase } from '../support/test-database';

const BEARER = { bearer: 'tok_of_the_hotel' };
const HMAC = { hmac: { keyId: 'holdfast-1', secret: 'a secret of both sides' } };
const HMAC_OF_ANOTHER = { hmac: { keyId: 'holdfast-1', secret: 'a secret of other sides' } };
const what = { lines: [{ sku: 'MUG-01', quantity: 5 }] };
const DENIED = {
  kind: 'unknown',
  isDenied: true,
  detail: 'does not accept the credentials of Holdfast (401)',
};

let simulator: SimulatorProcess;
let number = 0;

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.stop());

const asWith = (party: string, credentials: PartyCredentials): BookingParties =>
  httpBookingParties(simulator.partnersUrl, undefined, { [party]: credentials });

/** Returns a party that no other test has, and that asks for credentials. */
async function partyAsking(credentials: object): Promise<string> {
  const party = `asking-${++number}`;
  await simulator.askForCredentials(party, credentials);
  return party;
}

describe.each([
  ['a token', BEARER],
  ['signatures', HMAC],
])('a party that asks for %s', (_, credentials) => {
  it('accepts every kind of call with the credentials', async () => {
    const party = await partyAsking(credentials);
    const parties = asWith(party, credentials);
    const key = `rsv_/ä ${number}/1`;
    expect(await parties.book(party, encodeURIComponent(key), what)).toMatchObject({ kind: 'booked' });
    const fewer = [{ sku: 'MUG-01', quantity: 2 }];
    const reduced = await parties.reduce(party, encodeURIComponent(key), fewer);
    expect(reduced).toMatchObject({ kind: 'booked', lines: fewer });
    const found = await parties.lookUp(party, encodeURIComponent(key));
    expect(found).toEqual(reduced);
    const [reference = ''] = found.kind === 'booked' ? found.references : [];
    expect(await parties.cancelReference(party, encodeURIComponent(key), reference)).toEqual({
      kind: 'cancelled',
    });
    expect(await parties.cancel(party, encodeURIComponent(key))).toEqual({ kind: 'cancelled' });
  });

  it('books nothing without them, which is no refusal of the booking', async () => {
    const party = await partyAsking(credentials);
    const wrong = 'bearer' in credentials ? { bearer: 'tok_stolen' } : HMAC_OF_ANOTHER;
    for (const parties of [httpBookingParties(simulator.partnersUrl), asWith(party, wrong)]) {
      expect(await parties.book(party, 'rsv_1', what)).toEqual(DENIED);
      expect(await parties.cancel(party, 'rsv_1')).toEqual(DENIED);
    }
    expect(await simulator.bookings(party)).toEqual({});
  });
});

test('credentials go to their own party alone', async () => {
  const party = await partyAsking(BEARER);
  const other = await partyAsking(BEARER);
  expect(await asWith(party, BEARER).book(other, 'rsv_1', what)).toEqual(DENIED);
});

test.each([
  ['another body', (call: Sent) => ({ ...call, body: JSON.stringify({ lines: [] }) })],
  ['another method', (call: Sent) => ({ ...call, method: 'PATCH' })],
  ['another key', (call: Sent) => ({ ...call, url: `${call.url}-2` })],
  [
    'an older moment',
    (call: Sent) => ({
      ...call,
      headers: { ...call.headers, 'signature-input': older(call.headers['signature-input'] ?? '') },
    }),
  ],
])('a signed call with %s is denied', async (_, change) => {
  const party = await partyAsking(HMAC);
  const call = await signedCall(party);
  const resend = ({ url, ...sent }: Sent) => fetch(url, sent).then(({ status }) => status);
  expect(await resend(change(call))).toBe(401);
  expect(await resend(call)).toBe(200);
});

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Returns a call as the client of third parties would send it. */
async function signedCall(party: string): Promise<Sent> {
  const url = `${simulator.partnersUrl}/${party}/bookings/rsv_1`;
  const call = {
    method: 'PUT',
    url,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(what),
  };
  return { ...call, headers: await withCredentials(call, HMAC) };
}

function older(input: string): string {
  return input.replace(/created=(\d+)/, (_, created) => `created=${Number(created) - 600}`);
}

test('credentials that a party does not accept are one line of the log and are counted', async () => {
  const party = await partyAsking(BEARER);
  const database = await createTestDatabase();
  const log = new LogCapture();
  const settings = {
    ...settingsFor(database.url, 'credentials', simulator.partnersUrl),
    partyCredentials: { [party]: { bearer: 'tok_of_last_year' } },
  };
  const context: ProcessContext = await openContext(settings, false, log.logger);
  expect(await context.parties.book(party, 'rsv_1', what)).toEqual(DENIED);
  const metrics = await context.metrics.registry.metrics();
  await closeContext(context);
  await database.drop();
  expect(log.said('a third party does not accept the credentials of Holdfast')).toMatchObject([
    { party, call: 'book' },
  ]);
  expect(metrics).toContain(
    `holdfast_partner_call_duration_seconds_count{partner="${party}",call="book",result="denied"} 1`,
  );
  expect(log.text).not.toContain('tok_of_last_year');
});
