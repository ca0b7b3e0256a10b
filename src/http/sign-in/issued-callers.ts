import type { IncomingMessage } from 'node:http';
import type { Claims, IdentityIssuer, TokenAnswer } from '../../contracts/identities';
import { unauthenticated } from '../framework/access';
import type { Holder, IssuedCallers } from '../framework/authentication';
import { Problem, unavailable } from '../framework/problem';
import { type ClaimRules, issuedCaller } from './issued-caller';
import type { SealedCookies } from './sealed-cookies';

/** The settings of an issuer. */
export interface SignInSettings {
  readonly claims: ClaimRules;
  /** The origin at which browsers reach the operator's page. */
  readonly publicOrigin: string;
  /** 32 bytes that encrypt the cookies of the page, the same in every API process. */
  readonly sessionKey: Uint8Array;
}

/** A JSON Web Token: three parts, of which the first is a JSON object. */
const TOKEN = /^Bearer +(eyJ[\w-]*\.[\w-]*\.[\w-]*)$/i;

/** Finds the callers that an OpenID Connect issuer vouches for, by a bearer token or by a session of the page. */
export class OidcCallers implements IssuedCallers {
  constructor(
    private readonly issuer: Pick<IdentityIssuer, 'verify'>,
    private readonly cookies: SealedCookies,
    private readonly settings: SignInSettings,
  ) {}

  async holderOfToken(authorization: string): Promise<Holder | undefined> {
    const token = TOKEN.exec(authorization)?.[1];
    if (token === undefined) return undefined;
    return issuedCaller(claimsIn(await this.issuer.verify(token)), this.settings.claims);
  }

  async holderOfSession(request: IncomingMessage): Promise<Holder | undefined> {
    const session = await this.cookies.open('session', request.headers.cookie);
    if (session === undefined) return undefined;
    refuseForeign(request, this.settings.publicOrigin);
    const { caller, scopes } = session as unknown as Holder;
    return { caller, scopes, limits: this.settings.claims.limits };
  }
}

/**
 * Returns the claims of a valid token.
 * @throws Problem unauthenticated, or unavailable when the issuer does not answer
 */
export function claimsIn(answer: TokenAnswer): Claims {
  switch (answer.kind) {
    case 'valid':
      return answer.claims;
    case 'refused':
      throw unauthenticated(`the token is refused: ${answer.detail}`, ', error="invalid_token"');
    case 'unavailable':
      throw issuerUnavailable(answer.cause);
    default:
      return answer satisfies never;
  }
}

/** Returns the problem of a token that cannot be checked now. `cause` is for the log. */
export function issuerUnavailable(cause: unknown): Problem {
  return unavailable('the issuer of tokens does not answer: repeat the request in a moment', cause);
}

/**
 * Refuses a change that the page of another site sends with the session of the operator's page. Browsers name the
 * origin of every change.
 * @throws Problem forbidden
 */
export function refuseForeign({ method, headers, admittedOrigin }: IncomingMessage, own: string): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { origin } = headers;
  if (origin === own || (origin !== undefined && origin === admittedOrigin)) return;
  throw new Problem('forbidden', {
    detail: `a session changes things from ${own} only, which \`Origin\` must name`,
  });
}
