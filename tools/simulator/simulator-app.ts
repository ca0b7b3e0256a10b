import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { type Call, type Fault, Faults } from './faults';
import { type BookingAnswer, type Line, PartyBooks } from './party-books';
import {
  BadRequest,
  credentialsFrom,
  faultFrom,
  keyFrom,
  linesFrom,
  partyFrom,
  referenceFrom,
  wantedFrom,
} from './request-fields';
import { type ArrivedCall, hasCredentials, type Required } from './required-credentials';

/** The default delay of a slow answer: noticeable, but shorter than the callers' timeout (5 s). */
const SLOW_MS = 3_000;
const LARGEST_BODY = '64kb';
const UNAUTHENTICATED = { reason: 'UNAUTHENTICATED' };

/** Creates the HTTP app of the simulated third parties. They book anything and fail as `/faults` configures. */
export function simulatorApp(): Express {
  const app = express();
  app.disable('x-powered-by');
  const texts = new WeakMap<IncomingMessage, string>();
  const verify = (request: IncomingMessage, _: unknown, body: Buffer) =>
    void texts.set(request, body.toString());
  app.use(express.json({ limit: LARGEST_BODY, strict: true, verify }));
  const faults = new Faults();
  addCredentials(app, (request) => texts.get(request) ?? '');
  addBookings(app, new PartyBooks(), faults);
  app.get('/faults', (_request, response) => void response.json(faults.all()));
  app.put('/faults/:party', (request, response) => {
    faults.set(partyFrom(request.params.party), faultFrom(request.body));
    response.json(faults.all());
  });
  app.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  app.use((_request, response) => void response.status(404).json({ reason: 'NO_SUCH_ROUTE' }));
  app.use(answerError);
  return app;
}

/** Lets a party ask for credentials: a call without them gets 401 and has no effect. */
function addCredentials(app: Express, textOf: (request: Request) => string): void {
  const asked = new Map<string, Required>();
  app.put('/credentials/:party', (request, response) => {
    const required = credentialsFrom(request.body);
    if (required) asked.set(partyFrom(request.params.party), required);
    else asked.delete(partyFrom(request.params.party));
    response.json({});
  });
  app.all('/parties/:party/bookings/:key', async (request, response, next) => {
    const required = asked.get(partyOf(request));
    const { method, headers, originalUrl } = request;
    const url = `${request.protocol}://${headers.host}${originalUrl}`;
    const call = { method, url, headers: headers as ArrivedCall['headers'], body: textOf(request) };
    if (required === undefined || (await hasCredentials(call, required))) next();
    else response.status(401).json(UNAUTHENTICATED);
  });
}

function addBookings(app: Express, books: PartyBooks, faults: Faults): void {
  app.get('/parties/:party/bookings', (request, response) => {
    response.json(books.all(partyFrom(request.params.party)));
  });
  const booking = '/parties/:party/bookings/:key';
  app.put(booking, async (request, response) => {
    const [party, key, what] = [partyOf(request), keyOf(request), wantedFrom(request.body)];
    const fault = faults.next(party, 'book');
    await met(fault, response, () => replyTo(booked(books, fault, { party, key, what })));
  });
  app.get(booking, async (request, response) => {
    const [party, key] = [partyOf(request), keyOf(request)];
    await met(faults.next(party, 'look-up' satisfies Call), response, () => {
      const found = books.lookUp(party, key);
      return found ? { status: 200, body: found } : { status: 404, body: { reason: 'NO_SUCH_BOOKING' } };
    });
  });
  app.delete(booking, async (request, response) => {
    const [party, key, reference] = [
      partyOf(request),
      keyOf(request),
      referenceFrom(request.query.reference),
    ];
    await met(faults.next(party, 'cancel'), response, () => {
      if (reference === undefined) books.cancel(party, key);
      else books.cancelReference(party, key, reference);
      return { status: 200, body: books.lookUp(party, key) ?? {} };
    });
  });
  app.patch(booking, async (request, response) => {
    const [party, key, lines] = [partyOf(request), keyOf(request), linesFrom(request.body)];
    const fault = faults.next(party, 'reduce');
    await met(fault, response, () => reduced(books, fault, { party, key, lines }));
  });
}

const partyOf = ({ params }: Request) => partyFrom(params.party);
const keyOf = ({ params }: Request) => keyFrom(params.key);

function booked(
  books: PartyBooks,
  { mode, reason = 'NOT_IN_STOCK' }: Fault,
  { party, key, what }: { readonly party: string; readonly key: string; readonly what: object },
): BookingAnswer {
  if (mode === 'refuse') return books.refuse(party, key, what, reason);
  return books.book(party, key, what, mode === 'duplicate' ? 2 : 1);
}

function reduced(
  books: PartyBooks,
  { mode, reason = 'IN_PICKING' }: Fault,
  { party, key, lines }: { readonly party: string; readonly key: string; readonly lines: readonly Line[] },
): Reply {
  if (mode === 'refuse') return { status: 409, body: { reason } };
  if (!books.reduce(party, key, lines)) return { status: 409, body: { reason: 'NOT_IN_PARTS' } };
  const left = books.lookUp(party, key);
  return left ? { status: 200, body: left } : { status: 404, body: { reason: 'NO_SUCH_BOOKING' } };
}

interface Reply {
  readonly status: number;
  readonly body: object;
}

function replyTo(answer: BookingAnswer): Reply {
  if (answer.kind === 'booked') return { status: 200, body: { references: answer.references } };
  if (answer.kind === 'refused') return { status: 409, body: { reason: answer.reason } };
  return { status: 422, body: { reason: 'KEY_REUSED' } };
}

/** Executes a call and answers it, subject to its fault. */
async function met({ mode, delayMs = SLOW_MS }: Fault, response: Response, act: () => Reply): Promise<void> {
  if (mode === 'down') {
    response.socket?.destroy();
    return;
  }
  if (mode === 'deny') {
    response.status(401).json(UNAUTHENTICATED);
    return;
  }
  if (mode === 'slow') await sleep(delayMs, undefined, { ref: false });
  const { status, body } = act();
  // The call has had its effect, but gets no answer: the connection stays open until the caller gives up.
  if (mode === 'timeout-after-done') return;
  response.status(status).json(mode === 'terse' ? { ...body, lines: undefined } : body);
}

function answerError(error: unknown, _request: Request, response: Response, _next: NextFunction): void {
  if (error instanceof BadRequest) {
    response.status(400).json({ reason: 'BAD_REQUEST', detail: error.message });
    return;
  }
  // Express's own errors: a body that is invalid JSON or too large, or a path that cannot be decoded.
  const status = (error as { readonly status?: unknown }).status;
  response.status(typeof status === 'number' ? status : 500).json({ reason: 'BAD_REQUEST' });
}
