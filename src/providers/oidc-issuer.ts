import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import * as oidc from 'openid-client';
import type {
  Claims,
  IdentityIssuer,
  IssuerUnavailable,
  PendingSignIn,
  SignInStart,
  SignOutAddress,
  TokenAnswer,
} from '../contracts/identities';

export interface OidcClient {
  /** The issuer, as its tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  /** Left out: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  /** The audience of bearer tokens. */
  readonly audience: string;
  /** The OAuth scopes that a sign-in asks for, separated by spaces. */
  readonly loginScopes: string;
}

/** Signatures by the issuer's private keys only: with `none` or an HMAC anybody could make a token. */
const ALGORITHMS = ['RS', 'PS', 'ES'].flatMap((family) => ['256', '384', '512'].map((size) => family + size));
const SIGNATURES = [...ALGORITHMS, 'EdDSA', 'Ed25519'];
const CLOCK_TOLERANCE_SECONDS = 5;
const TIMEOUT_SECONDS = 5;
/** The time between two looks for a key that is not known: made-up keys must not flood the issuer. */
const KEYS_COOLDOWN_MS = 5_000;

/** The result of discovery. */
interface Discovered {
  readonly config: oidc.Configuration;
  readonly issuer: string;
  readonly keys: JWTVerifyGetKey;
}

/** An issuer that cannot be asked now. */
class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

/**
 * The client of an OpenID Connect issuer. It discovers the issuer at its first use, and again after a failure. Keys are
 * cached for ten minutes and looked up again for a token with a new one.
 */
export class OidcIssuer implements IdentityIssuer {
  #discovered: Promise<Discovered> | undefined;

  constructor(private readonly client: OidcClient) {}

  verify(token: string): Promise<TokenAnswer> {
    return this.#verify(token, this.client.audience);
  }

  async begin(redirectUri: string): Promise<SignInStart | IssuerUnavailable> {
    try {
      const { config } = await this.#discover();
      const verifier = oidc.randomPKCECodeVerifier();
      const pending = { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier };
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: this.client.loginScopes,
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      });
      return { kind: 'started', url: url.href, pending };
    } catch (cause) {
      return { kind: 'unavailable', cause };
    }
  }

  async finish(returnedTo: URL, { state, nonce, verifier }: PendingSignIn): Promise<TokenAnswer> {
    try {
      const { config } = await this.#discover();
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
      const tokens = await oidc.authorizationCodeGrant(config, returnedTo, {
        ...checks,
        idTokenExpected: true,
      });
      // The library trusts the connection to the issuer; the signature is checked all the same.
      return await this.#verify(tokens.id_token ?? '', this.client.clientId);
    } catch (error) {
      return isOutage(error)
        ? { kind: 'unavailable', cause: error }
        : { kind: 'refused', detail: refusalOf(error) };
    }
  }

  /** The client's id stands for the user's ID token, which is too long for a cookie: the issuer may ask the user. */
  async signOutAddress(returnTo: string): Promise<SignOutAddress> {
    try {
      const { config } = await this.#discover();
      if (config.serverMetadata().end_session_endpoint === undefined) return { kind: 'none' };
      const url = oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo });
      return { kind: 'found', url: url.href };
    } catch (cause) {
      return { kind: 'unavailable', cause };
    }
  }

  async #verify(token: string, audience: string): Promise<TokenAnswer> {
    try {
      const { issuer, keys } = await this.#discover();
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: SIGNATURES,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        requiredClaims: ['exp', 'sub'],
      });
      return { kind: 'valid', claims: payload as Claims };
    } catch (error) {
      if (error instanceof Unreachable) return { kind: 'unavailable', cause: error.cause };
      if (error instanceof errors.JOSEError) return { kind: 'refused', detail: error.message };
      throw error;
    }
  }

  #discover(): Promise<Discovered> {
    this.#discovered ??= discover(this.client).catch((cause: unknown) => {
      this.#discovered = undefined;
      throw new Unreachable('discovery failed', { cause });
    });
    return this.#discovered;
  }
}

async function discover({ issuer, clientId, clientSecret }: OidcClient): Promise<Discovered> {
  const isPlain = new URL(issuer).protocol === 'http:';
  const config = await oidc.discovery(
    new URL(issuer),
    clientId,
    undefined,
    clientSecret === undefined ? oidc.None() : oidc.ClientSecretPost(clientSecret),
    { timeout: TIMEOUT_SECONDS, execute: isPlain ? [oidc.allowInsecureRequests] : [] },
  );
  const { issuer: name, jwks_uri: keysUrl } = config.serverMetadata();
  if (keysUrl === undefined) throw new Error('the issuer names no `jwks_uri`');
  const url = new URL(keysUrl);
  if (!isPlain && url.protocol !== 'https:') throw new Error('the `jwks_uri` of the issuer is not https://');
  return { config, issuer: name, keys: keysAt(url) };
}

/** Returns the keys of the issuer. They tell an issuer without answer from a token whose key does not exist. */
function keysAt(url: URL): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(url, {
    timeoutDuration: TIMEOUT_SECONDS * 1_000,
    cooldownDuration: KEYS_COOLDOWN_MS,
  });
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const isOfToken =
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys ||
        error instanceof errors.JOSENotSupported;
      throw isOfToken ? error : new Unreachable('the keys cannot be read', { cause: error });
    }
  };
}

/** The codes of answers that are no answer of OpenID Connect, such as the error page of a proxy. */
const SENSELESS = ['OAUTH_TIMEOUT', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON'];

function isOutage(error: unknown): boolean {
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  if (error instanceof oidc.ClientError) return SENSELESS.includes(error.code ?? '');
  return error instanceof Unreachable || error instanceof TypeError;
}

/** Says why an answer of the issuer ends the sign-in, with the code that OAuth has for it. */
function refusalOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError)
    return `the issuer answered ${error.error}`;
  return error instanceof Error ? error.message : String(error);
}
