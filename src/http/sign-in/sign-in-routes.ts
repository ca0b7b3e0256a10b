import type { Express, Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import type { SignedOut } from '../../contracts/api/caller';
import type { IdentityIssuer, PendingSignIn } from '../../contracts/identities';
import { Problem } from '../framework/problem';
import { issuedCaller } from './issued-caller';
import { claimsIn, issuerUnavailable, refuseForeign, type SignInSettings } from './issued-callers';
import type { SealedCookies } from './sealed-cookies';
import { failedSignIn } from './sign-in-page';

const SIGN_IN_SECONDS = 600;
/** A session ends with the token, and after this time at the latest. */
const LONGEST_SESSION_SECONDS = 12 * 3_600;
const CALLBACK = '/auth/callback';

/** The parts of the sign-in. */
export interface SignIn {
  readonly issuer: IdentityIssuer;
  readonly cookies: SealedCookies;
  readonly settings: SignInSettings;
  readonly logger: Logger;
}

/**
 * Mounts the pages with which a browser signs in to the operator's page. They lead to the issuer and to `/`, and to no
 * address that a request names.
 */
export function mountSignIn(app: Express, signIn: SignIn): void {
  app.get('/auth/login', shown(signIn, begin));
  app.get(CALLBACK, shown(signIn, finish));
  app.post('/auth/logout', signOut(signIn));
}

type Step = (signIn: SignIn, request: Request, response: Response) => Promise<void>;

/** Runs a step and shows its problem as a page. */
function shown(signIn: SignIn, step: Step): RequestHandler {
  return async (request, response) => {
    prepare(request, response);
    try {
      await step(signIn, request, response);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      signIn.logger.warn(
        { requestId: request.id, reason: error.message, ...(error.cause ? { err: error.cause } : {}) },
        'a sign-in failed',
      );
      response.status(error.status).type('html').send(failedSignIn(error.message));
    }
  };
}

/** Sends the browser to the issuer. */
async function begin({ issuer, cookies, settings }: SignIn, _: Request, response: Response): Promise<void> {
  const started = await issuer.begin(settings.publicOrigin + CALLBACK);
  if (started.kind === 'unavailable') throw issuerUnavailable(started.cause);
  const end = now() + SIGN_IN_SECONDS;
  response.append('Set-Cookie', await cookies.seal('sign-in', { ...started.pending }, end));
  response.redirect(303, started.url);
}

/** Redeems the code of a browser that returns from the issuer, and begins its session. */
async function finish(
  { issuer, cookies, settings, logger }: SignIn,
  request: Request,
  response: Response,
): Promise<void> {
  const pending = await cookies.open('sign-in', request.headers.cookie);
  response.append('Set-Cookie', cookies.remove('sign-in'));
  if (pending === undefined) {
    throw new Problem('invalid-request', {
      detail: 'the sign-in took too long, or began in another browser: start again',
    });
  }
  const returnedTo = new URL(settings.publicOrigin + request.url);
  const claims = claimsIn(await issuer.finish(returnedTo, pending as unknown as PendingSignIn));
  const { caller, scopes } = issuedCaller(claims, settings.claims);
  const end = Math.min(Math.floor(claims.exp), now() + LONGEST_SESSION_SECONDS);
  response.append('Set-Cookie', await cookies.seal('session', { caller, scopes }, end));
  logger.info({ requestId: request.id, caller, scopes }, 'a caller signed in');
  response.redirect(303, '/');
}

/**
 * Ends the session, also while the issuer does not answer. Names the address that ends the session at the issuer, if
 * there is one: the page goes there.
 */
function signOut({ issuer, cookies, settings, logger }: SignIn): RequestHandler {
  return async (request, response) => {
    prepare(request, response);
    refuseForeign(request, settings.publicOrigin);
    const address = await issuer.signOutAddress(`${settings.publicOrigin}/`);
    if (address.kind === 'unavailable')
      logger.warn({ requestId: request.id, err: address.cause }, 'a sign-out left the session at the issuer');
    response.append('Set-Cookie', cookies.remove('session'));
    response.json({ continueAt: address.kind === 'found' ? address.url : null } satisfies SignedOut);
  };
}

function prepare(request: Request, response: Response): void {
  request.operationPath = request.path;
  response.set({ 'X-Request-Id': request.id, 'Cache-Control': 'no-store' });
}

function now(): number {
  return Math.floor(Date.now() / 1_000);
}
