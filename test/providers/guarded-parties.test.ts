import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BookingParties } from '../../src/providers/booking-parties';
import { guardedParties } from '../../src/providers/guarded-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import type { GuardLimits } from '../../src/providers/party-guard';
import { eventually } from '../support/saga-fixture';
import { startSimulator } from '../support/simulator-process';

/** Limits whose short times the tests wait for; no test waits for the others. */
const LIMITS: GuardLimits = {
  mostCalls: 3,
  mostWaiting: 4,
  waitMs: 60_000,
  opensAfter: 3,
  retryAfterMs: 100,
};
const FOR_EVER = 3_600_000;
const what = { lines: [{ sku: 'MUG-01', quantity: 1 }] };
const BOOKED = { kind: 'booked', references: ['b1'] };
const NOT_CALLED = { kind: 'unknown', detail: expect.stringContaining('not called') };

type Answer = (response: ServerResponse) => void;
const books: Answer = (response) =>
  response.writeHead(200).end(JSON.stringify({ state: 'BOOKED', references: ['b1'] }));
const refuses: Answer = (response) => response.writeHead(409).end(JSON.stringify({ reason: 'NO_CAPACITY' }));
const breaksOff: Answer = (response) => response.destroy();

/** Parties over HTTP with answers by the test, and the calls that have reached them. */
class Server {
  answer: Answer = books;
  readonly reached: string[] = [];
  /** The calls that wait for the test's answer, when `answer` holds them. */
  readonly held: ServerResponse[] = [];
  readonly #server = createServer((request: IncomingMessage, response) => {
    this.reached.push(`${request.method} ${request.url?.split('/')[1]}`);
    this.answer(response);
  });

  readonly holds: Answer = (response) => {
    this.held.push(response);
  };

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

let server: Server;
let http: BookingParties;

beforeEach(async () => {
  server = new Server();
  http = httpBookingParties(await server.open());
});
afterEach(() => server.close());

const guarded = (over: Partial<GuardLimits> = {}, onChange?: (party: string, isSilent: boolean) => void) =>
  guardedParties(http, { ...LIMITS, ...over }, onChange);
const bookings = (parties: BookingParties, count: number, party = 'one') =>
  Array.from({ length: count }, (_, at) => parties.book(party, `key-${at}`, what));
const untilHeld = (count: number) => eventually(async () => expect(server.held).toHaveLength(count));

/** Opens a party's breaker by silence. */
async function opened(parties: BookingParties, party = 'one'): Promise<void> {
  server.answer = breaksOff;
  for (let call = 0; call < LIMITS.opensAfter; call++)
    expect(await parties.book(party, 'key', what)).toMatchObject({ kind: 'unknown' });
  server.reached.splice(0);
}

describe('the limit of a party', () => {
  test('lets so many calls begin, and the next as one ends; another party has a limit of its own', async () => {
    server.answer = server.holds;
    const parties = guarded();
    const calls = bookings(parties, 5);
    await untilHeld(3);
    const other = parties.lookUp('two', 'key');
    await untilHeld(4);
    for (const response of server.held.splice(0)) books(response);
    expect(await other).toEqual(BOOKED);
    await untilHeld(2);
    expect(server.reached).toHaveLength(6);
    for (const response of server.held.splice(0)) books(response);
    expect(await Promise.all(calls)).toEqual(Array(5).fill(BOOKED));
  });

  test('answers a call that waits too long, and never begins it', async () => {
    server.answer = server.holds;
    const parties = guarded({ waitMs: 20 });
    const calls = bookings(parties, 3);
    await untilHeld(3);
    expect(await parties.book('one', 'late', what)).toEqual(NOT_CALLED);
    for (const response of server.held.splice(0)) books(response);
    await Promise.all(calls);
    server.answer = books;
    expect(await parties.lookUp('one', 'after')).toEqual(BOOKED);
    expect(server.reached).toHaveLength(4);
  });

  test('answers at once where too many wait, and counts none of that as silence of the party', async () => {
    server.answer = server.holds;
    const parties = guarded({ mostWaiting: 0 });
    const calls = bookings(parties, 3);
    await untilHeld(3);
    for (const late of bookings(parties, 5)) expect(await late).toEqual(NOT_CALLED);
    for (const response of server.held.splice(0)) books(response);
    await Promise.all(calls);
    server.answer = books;
    expect(await parties.book('one', 'after', what)).toEqual(BOOKED);
  });

  test('is of calls of every kind', async () => {
    server.answer = server.holds;
    const parties = guarded({ waitMs: 20 });
    const calls = [
      parties.cancel('one', 'a'),
      parties.cancelReference('one', 'b', 'b1'),
      parties.reduce('one', 'c', what.lines),
    ];
    await untilHeld(3);
    expect(await parties.lookUp('one', 'late')).toEqual(NOT_CALLED);
    expect(await parties.cancel('one', 'late')).toEqual(NOT_CALLED);
    for (const response of server.held.splice(0)) books(response);
    await Promise.all(calls);
  });
});

describe('the breaker of a party', () => {
  test('opens after so many calls in a row without an answer: no call is made, and none counts as done', async () => {
    const changes: unknown[] = [];
    const parties = guarded({ retryAfterMs: FOR_EVER }, (...change) => changes.push(change));
    await opened(parties);
    expect(await parties.book('one', 'key', what)).toEqual(NOT_CALLED);
    expect(await parties.lookUp('one', 'key')).toEqual(NOT_CALLED);
    expect(await parties.cancel('one', 'key')).toEqual(NOT_CALLED);
    expect(await parties.cancelReference('one', 'key', 'b1')).toEqual(NOT_CALLED);
    expect(await parties.reduce('one', 'key', what.lines)).toEqual(NOT_CALLED);
    expect(server.reached).toEqual([]);
    server.answer = books;
    expect(await parties.book('two', 'key', what)).toEqual(BOOKED);
    expect(changes).toEqual([['one', true]]);
  });

  test('stays closed where an answer comes in between, and where the answer is a refusal', async () => {
    const parties = guarded();
    for (const answer of [breaksOff, breaksOff, refuses, breaksOff, breaksOff, refuses, refuses, refuses]) {
      server.answer = answer;
      await parties.book('one', 'key', what);
    }
    expect(server.reached).toHaveLength(8);
  });

  test('makes none of the calls that waited when it opened', async () => {
    server.answer = server.holds;
    const parties = guarded({ opensAfter: 1, retryAfterMs: FOR_EVER });
    const calls = bookings(parties, 6);
    await untilHeld(3);
    for (const response of server.held.splice(0)) breaksOff(response);
    const ends = await Promise.all(calls);
    expect(ends.slice(3)).toEqual(Array(3).fill(NOT_CALLED));
    expect(server.reached).toHaveLength(3);
  });

  test('lets one call try after a while, at whose answer it closes; the others do not wait for that', async () => {
    const changes: unknown[] = [];
    const parties = guarded({ mostCalls: 1 }, (...change) => changes.push(change));
    await opened(parties);
    server.answer = server.holds;
    const tries: ReturnType<BookingParties['book']>[] = [];
    await eventually(async () => {
      tries.push(parties.book('one', 'key', what));
      expect(server.held).toHaveLength(1);
    });
    expect(await parties.cancel('one', 'key')).toEqual(NOT_CALLED);
    expect(server.reached).toHaveLength(1);
    for (const response of server.held.splice(0)) books(response);
    expect(await Promise.all(tries)).toContainEqual(BOOKED);
    server.answer = books;
    expect(await parties.book('one', 'key', what)).toEqual(BOOKED);
    expect(changes).toEqual([
      ['one', true],
      ['one', false],
    ]);
  });

  test('stays open where that call is not answered either', async () => {
    const parties = guarded();
    await opened(parties);
    await eventually(async () => {
      await parties.lookUp('one', 'key');
      expect(server.reached).toHaveLength(1);
    });
    expect(await parties.lookUp('one', 'key')).toEqual(NOT_CALLED);
    expect(server.reached).toHaveLength(1);
  });
});

test('a party that was down is called again, and has cancelled what it was not told of meanwhile', async () => {
  const simulator = await startSimulator();
  try {
    const parties = guardedParties(httpBookingParties(simulator.partnersUrl), LIMITS);
    expect(await parties.book('pa-lumen', 'key', what)).toMatchObject({ kind: 'booked' });
    await simulator.fault('pa-lumen', { mode: 'down' });
    for (let call = 0; call < 5; call++)
      expect(await parties.cancel('pa-lumen', 'key')).toMatchObject({ kind: 'unknown' });
    expect(await simulator.bookings('pa-lumen')).toMatchObject({ key: { state: 'BOOKED' } });
    await simulator.fault('pa-lumen', { mode: 'ok' });
    await eventually(async () =>
      expect(await parties.cancel('pa-lumen', 'key')).toEqual({ kind: 'cancelled' }),
    );
    expect(await simulator.bookings('pa-lumen')).toMatchObject({ key: { state: 'CANCELLED' } });
  } finally {
    await simulator.stop();
  }
});
