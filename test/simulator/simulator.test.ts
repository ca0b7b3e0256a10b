import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { BookingParties } from '../../src/providers/booking-parties';
import { httpBookingParties } from '../../src/providers/http-booking-parties';
import { type SimulatorProcess, startSimulator } from '../support/simulator-process';

/** The time to wait for an answer that does not come. */
const TIMEOUT_MS = 400;

let simulator: SimulatorProcess;
/** Waits as long as in production; `hurried` waits for a moment only. */
let parties: BookingParties;
let hurried: BookingParties;
let number = 0;

beforeAll(async () => {
  simulator = await startSimulator();
  parties = httpBookingParties(simulator.partnersUrl);
  hurried = httpBookingParties(simulator.partnersUrl, TIMEOUT_MS);
});
afterAll(() => simulator.stop());

/** Returns a party and a key that no other test has. */
const fresh = () => {
  number += 1;
  return { party: `party-${number}`, key: `rsv_${number}/party/1` };
};
const what = { lines: [{ sku: 'MUG-01', quantity: 1 }] };
const linesOf = (mugs: number, bowls: number) => ({
  lines: [
    { sku: 'MUG-01', quantity: mugs },
    { sku: 'BOWL-01', quantity: bowls },
  ],
});

describe('a party that is well', () => {
  test('books once under a key, however often it is asked', async () => {
    const { party, key } = fresh();
    const first = await parties.book(party, key, what);
    expect(first).toEqual({ kind: 'booked', references: [expect.stringContaining(party)] });
    expect(await parties.book(party, key, what)).toEqual(first);
    expect(await parties.lookUp(party, key)).toEqual({ ...first, ...what });
    expect(Object.keys(await simulator.bookings(party))).toEqual([key]);
  });

  test('does not take another request for the same', async () => {
    const { party, key } = fresh();
    await parties.book(party, key, what);
    expect(await parties.book(party, key, { lines: [] })).toMatchObject({ kind: 'unknown' });
    expect(await parties.lookUp(party, key)).toMatchObject({ kind: 'booked' });
  });

  test('cancels as often as it is asked, and books nothing under a key that was cancelled', async () => {
    const { party, key } = fresh();
    await parties.book(party, key, what);
    expect(await parties.cancel(party, key)).toEqual({ kind: 'cancelled' });
    expect(await parties.cancel(party, key)).toEqual({ kind: 'cancelled' });
    expect(await parties.lookUp(party, key)).toEqual({ kind: 'cancelled' });
    expect(await parties.book(party, key, what)).toEqual({ kind: 'refused', reason: 'CANCELLED' });
  });

  test('refuses a booking that its cancellation has overtaken', async () => {
    const { party, key } = fresh();
    expect(await parties.lookUp(party, key)).toEqual({ kind: 'absent' });
    expect(await parties.cancel(party, key)).toEqual({ kind: 'cancelled' });
    expect(await parties.book(party, key, what)).toMatchObject({ kind: 'refused' });
  });

  test('leaves of a booking no more than it is told, in whatever order and however often', async () => {
    const { party, key } = fresh();
    const booked = await parties.book(party, key, linesOf(5, 2));
    const left = { ...booked, ...linesOf(3, 1) };
    await parties.reduce(party, key, linesOf(3, 2).lines);
    expect(await parties.reduce(party, key, linesOf(4, 1).lines)).toEqual(left);
    expect(await parties.reduce(party, key, linesOf(3, 2).lines)).toEqual(left);
    expect(await parties.lookUp(party, key)).toEqual(left);
    const mugs = [{ sku: 'MUG-01', quantity: 2 }];
    expect(await parties.reduce(party, key, mugs)).toEqual({ ...booked, lines: mugs });
    expect(await parties.book(party, key, linesOf(5, 2))).toEqual(booked);
    const bowls = [{ sku: 'BOWL-01', quantity: 1 }];
    expect(await parties.reduce(party, key, bowls)).toEqual({ kind: 'cancelled' });
  });

  test('has nothing more to leave of what is over, and knows of no other', async () => {
    const { party, key } = fresh();
    expect(await parties.reduce(party, key, what.lines)).toMatchObject({ kind: 'unknown' });
    await parties.cancel(party, key);
    expect(await parties.reduce(party, key, what.lines)).toEqual({ kind: 'cancelled' });
  });

  test('does not part what cannot be parted', async () => {
    const { party, key } = fresh();
    const booked = await parties.book(party, key, { city: 'Bath', nights: 2 });
    const detail = expect.stringContaining('NOT_IN_PARTS');
    expect(await parties.reduce(party, key, what.lines)).toEqual({ kind: 'unknown', detail });
    expect(await parties.lookUp(party, key)).toEqual(booked);
  });

  test('one key of one party is none of another', async () => {
    const { party, key } = fresh();
    await parties.book(party, key, what);
    expect(await parties.lookUp(fresh().party, key)).toEqual({ kind: 'absent' });
  });
});

describe('a fault', () => {
  test('slow: the answer comes late and is right', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'slow', delayMs: 150, times: 1 });
    expect(await parties.book(party, key, what)).toMatchObject({ kind: 'booked' });
  });

  test('refuse: it says why, and says the same again', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'refuse', reason: 'NO_CAPACITY', times: 1 });
    const no = { kind: 'refused', reason: 'NO_CAPACITY' };
    expect(await parties.book(party, key, what)).toEqual(no);
    expect(await parties.book(party, key, what)).toEqual(no);
    expect(await parties.lookUp(party, key)).toEqual(no);
  });

  test('refuse, of a part that is given up: what is booked stays, and the booking itself is not refused', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'refuse', call: 'reduce', reason: 'SHIPPED', times: 1 });
    await parties.book(party, key, linesOf(2, 2));
    const detail = expect.stringContaining('SHIPPED');
    expect(await parties.reduce(party, key, what.lines)).toEqual({ kind: 'unknown', detail });
    expect(await parties.lookUp(party, key)).toMatchObject(linesOf(2, 2));
    expect(await parties.reduce(party, key, what.lines)).toMatchObject(what);
  });

  test('timeout-after-done: it is done, and nobody is told', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'timeout-after-done', times: 1 });
    expect(await hurried.book(party, key, what)).toMatchObject({ kind: 'unknown' });
    expect(await parties.lookUp(party, key)).toMatchObject({ kind: 'booked' });
  });

  test('duplicate: done twice under the key; one of them can be cancelled', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'duplicate', times: 1 });
    const answer = await parties.book(party, key, what);
    if (answer.kind !== 'booked') throw new Error(answer.kind);
    const [kept, surplus = ''] = answer.references;
    expect(answer.references).toHaveLength(2);
    await parties.cancelReference(party, key, surplus);
    expect(await parties.lookUp(party, key)).toEqual({ kind: 'booked', references: [kept], ...what });
    await parties.cancelReference(party, key, kept ?? '');
    expect(await parties.lookUp(party, key)).toEqual({ kind: 'cancelled' });
  });

  test('down: no answer, and nothing done', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'down', times: 2 });
    expect(await parties.book(party, key, what)).toMatchObject({ kind: 'unknown' });
    expect(await parties.cancel(party, key)).toMatchObject({ kind: 'unknown' });
    expect(await parties.lookUp(party, key)).toEqual({ kind: 'absent' });
  });

  test('counts the calls that meet it, of the kind it is for', async () => {
    const { party, key } = fresh();
    await simulator.fault(party, { mode: 'down', call: 'look-up', times: 1 });
    const shown: unknown = await (await fetch(`${simulator.url}/faults`)).json();
    expect(shown).toHaveProperty(party, { mode: 'down', call: 'look-up', times: 1 });
    expect(await parties.book(party, key, what)).toMatchObject({ kind: 'booked' });
    expect(await parties.lookUp(party, key)).toMatchObject({ kind: 'unknown' });
    expect(await parties.lookUp(party, key)).toMatchObject({ kind: 'booked' });
  });

  test.each([
    [{ mode: 'broken' }, 'mode'],
    [{ mode: 'down', times: 0 }, 'times'],
    [{ mode: 'down', times: 1.5 }, 'times'],
    [{ mode: 'slow', delayMs: 1e9 }, 'delayMs'],
    [{ mode: 'refuse', reason: 'no' }, 'reason'],
    [{ mode: 'down', call: 'all' }, 'call'],
    [{ mode: 'down', extra: 1 }, 'extra'],
    [[], 'object'],
  ])('%j is refused, and why is said', async (fault, named) => {
    await expect(simulator.fault('somebody', fault)).rejects.toThrow(new RegExp(`400.*${named}`));
  });
});

test('whoever is terse does as it is asked, and does not say of how much', async () => {
  const { party, key } = fresh();
  await simulator.fault(party, { mode: 'terse', times: 3 });
  const booked = await parties.book(party, key, linesOf(2, 2));
  expect(await parties.reduce(party, key, what.lines)).toEqual(booked);
  expect(await parties.lookUp(party, key)).toEqual(booked);
  expect(await parties.lookUp(party, key)).toEqual({ ...booked, ...what });
});

test.each([
  ['PUT', '/parties/a%00b/bookings/k', '{}'],
  ['PUT', `/parties/a/bookings/${'k'.repeat(201)}`, '{}'],
  ['PUT', '/parties/a/bookings/k', '[]'],
  ['PUT', '/parties/a/bookings/k', '{'],
  ['PUT', '/parties/%/bookings/k', '{}'],
  ['PATCH', '/parties/a/bookings/k', '{}'],
  ['PATCH', '/parties/a/bookings/k', '{"lines":[]}'],
  ['PATCH', '/parties/a/bookings/k', '{"lines":[{"sku":"a","quantity":0}]}'],
  ['GET', '/parties/__proto__%20/bookings', undefined],
])('%s %s with %s is refused', async (method, path, body) => {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(simulator.url + path, { method, headers, ...(body ? { body } : {}) });
  expect(response.status).toBe(400);
});

const endless = () =>
  new Readable({
    read() {
      this.push('x'.repeat(9_000));
    },
  });

describe('an answer that makes no sense is no answer', () => {
  const cases: readonly (readonly [string, RequestListener])[] = [
    ['no JSON', (_, response) => response.end('hello')],
    ['another status', (_, response) => response.writeHead(500).end('{}')],
    ['no references', (_, response) => response.end('{"references":[]}')],
    ['references that are none', (_, response) => response.end('{"references":[1]}')],
    ['a refusal without a reason', (_, response) => response.writeHead(409).end('{}')],
    ['somewhere else', (_, response) => response.writeHead(307, { location: '/x' }).end()],
    ['a body without an end', (_, response) => void endless().pipe(response)],
    ['half a body', (_, response) => response.writeHead(200, { 'content-length': 9 }).end('{"a"')],
  ];

  test.each(cases)('%s', async (_name, listener) => {
    const server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const strange = httpBookingParties(`http://127.0.0.1:${port}/parties`, TIMEOUT_MS);
    expect(await strange.book('a', 'k', what)).toMatchObject({ kind: 'unknown' });
    expect(await strange.reduce('a', 'k', what.lines)).toMatchObject({ kind: 'unknown' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('nobody there', async () => {
    const nobody = httpBookingParties('http://127.0.0.1:1/parties', TIMEOUT_MS);
    expect(await nobody.lookUp('a', 'k')).toMatchObject({ kind: 'unknown' });
  });
});
