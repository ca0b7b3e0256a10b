import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';

/**
 * An OpenID Connect issuer as a process of its own, with faults. It signs in anybody who asks, as the person of its
 * state. A parent sets the state by messages; `POST /sign` makes a token of any kind.
 */

/** The person who signs in, and the faults of the issuer. */
export interface IssuerState {
  /** The claims of tokens, beside those of the protocol. */
  readonly claims: object;
  /** True: it answers nothing, and keeps connections open. */
  readonly isSilent: boolean;
  /** True: the user declines at the issuer. */
  readonly isDeclining: boolean;
  /** False: it has no page to sign out. */
  readonly hasSignOut: boolean;
  /** Replaces claims of ID tokens, such as a nonce. */
  readonly wrong: object;
  /** A sign-in that asks with another client gets no token. */
  readonly clientId: string;
}

/** A token to make. A claim that is null is left out. */
export interface WantedToken {
  readonly claims: object;
  readonly sign: 'issuer' | 'stranger' | 'none' | 'hmac';
}

interface Key {
  readonly kid: string;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

interface Code {
  readonly challenge: string;
  readonly nonce: string;
  readonly redirectUri: string;
}

let state: IssuerState = {
  claims: {},
  isSilent: false,
  isDeclining: false,
  hasSignOut: true,
  wrong: {},
  clientId: 'holdfast',
};
let key: Key;
let issuer = '';
const codes = new Map<string, Code>();

async function newKey(): Promise<Key> {
  return { kid: randomUUID(), ...(await generateKeyPair('RS256', { extractable: true })) };
}

const signed = (claims: object, { kid, privateKey }: Key) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);

async function tokenOf({ claims, sign }: WantedToken): Promise<string> {
  const all = { iss: issuer, aud: state.clientId, exp: inAnHour(), ...state.claims, ...claims };
  const content = Object.fromEntries(Object.entries(all).filter(([, claim]) => claim !== null));
  switch (sign) {
    case 'issuer':
      return signed(content, key);
    case 'stranger':
      return signed(content, { ...(await newKey()), kid: key.kid });
    case 'none':
      return new UnsecuredJWT(content).encode();
    case 'hmac': {
      const secret = new TextEncoder().encode(await exportSPKI(key.publicKey));
      return new SignJWT(content).setProtectedHeader({ alg: 'HS256', kid: key.kid }).sign(secret);
    }
    default:
      return sign satisfies never;
  }
}

function inAnHour(): number {
  return Math.floor(Date.now() / 1_000) + 3_600;
}

const server = createServer((request, response) => {
  if (state.isSilent && !request.url?.startsWith('/control')) return;
  answer(request, response).catch((error: unknown) => {
    response.writeHead(500).end(String(error));
  });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', issuer);
  const text = (await request.toArray()).join('');
  switch (pathname) {
    case '/.well-known/openid-configuration':
      return json(response, 200, {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        ...(state.hasSignOut ? { end_session_endpoint: `${issuer}/logout?realm=shop` } : {}),
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      });
    case '/jwks':
      return json(response, 200, {
        keys: [{ ...(await exportJWK(key.publicKey)), kid: key.kid, alg: 'RS256' }],
      });
    case '/authorize':
      return authorize(searchParams, response);
    case '/logout':
      return leave(searchParams, response);
    case '/token':
      return redeem(new URLSearchParams(text), response);
    case '/control/state':
      state = { ...state, ...JSON.parse(text) };
      return json(response, 200, {});
    case '/control/rotate':
      key = await newKey();
      return json(response, 200, {});
    case '/control/sign':
      return json(response, 200, { token: await tokenOf(JSON.parse(text)) });
    default:
      return json(response, 404, { error: 'not_found' });
  }
}

/** Sends the browser back with a code, as an issuer does whose user is signed in already. */
function authorize(asked: URLSearchParams, response: ServerResponse): void {
  const back = new URL(asked.get('redirect_uri') ?? '');
  back.searchParams.set('state', asked.get('state') ?? '');
  if (state.isDeclining) back.searchParams.set('error', 'access_denied');
  else {
    const code = randomUUID();
    const [challenge, nonce] = [asked.get('code_challenge') ?? '', asked.get('nonce') ?? ''];
    codes.set(code, { challenge, nonce, redirectUri: asked.get('redirect_uri') ?? '' });
    back.searchParams.set('code', code);
  }
  response.writeHead(303, { Location: back.href }).end();
}

/** Sends the browser back to the client that it names, as an issuer does whose user is signed out. */
function leave(asked: URLSearchParams, response: ServerResponse): void {
  const isKnown = asked.get('client_id') === state.clientId && asked.get('realm') === 'shop';
  if (isKnown) response.writeHead(303, { Location: asked.get('post_logout_redirect_uri') ?? '' }).end();
  else json(response, 400, { error: 'invalid_request' });
}

/** Redeems a code once, for the client that holds the verifier of its challenge. */
async function redeem(sent: URLSearchParams, response: ServerResponse): Promise<void> {
  const code = codes.get(sent.get('code') ?? '');
  codes.delete(sent.get('code') ?? '');
  const challenge = createHash('sha256')
    .update(sent.get('code_verifier') ?? '')
    .digest('base64url');
  const isGood =
    code?.challenge === challenge &&
    code.redirectUri === sent.get('redirect_uri') &&
    sent.get('client_id') === state.clientId;
  if (!isGood) return json(response, 400, { error: 'invalid_grant' });
  const claims = { iat: inAnHour() - 3_600, nonce: code.nonce, ...state.wrong };
  json(response, 200, {
    access_token: randomUUID(),
    token_type: 'Bearer',
    id_token: await tokenOf({ claims, sign: 'issuer' }),
  });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function main(): Promise<void> {
  key = await newKey();
  server.listen(Number(process.argv[2]), '127.0.0.1', () => {
    const address = server.address();
    issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    process.stdout.write(`${issuer}\n`);
  });
}

void main();
