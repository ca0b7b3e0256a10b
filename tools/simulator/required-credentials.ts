import { createHash, timingSafeEqual } from 'node:crypto';
import { createVerifier, httpbis } from 'http-message-signatures';

/** The credentials that a party asks of its callers. */
export type Required =
  | { readonly bearer: string }
  | { readonly hmac: { readonly keyId: string; readonly secret: string } };

/** A call as it arrived: `body` is its text, and empty without one. */
export interface ArrivedCall {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: string;
}

/** The oldest signature that is accepted, in seconds. */
const MOST_AGE_SECONDS = 300;
const TOLERANCE_SECONDS = 30;

/** Returns true when a call has the credentials that the party asks for. */
export async function hasCredentials(call: ArrivedCall, required: Required): Promise<boolean> {
  if ('bearer' in required) return isSame(String(call.headers.authorization), `Bearer ${required.bearer}`);
  const { keyId, secret } = required.hmac;
  const covered = call.body === '' ? [] : ['content-digest'];
  const digest = `sha-256=:${createHash('sha256').update(call.body).digest('base64')}:`;
  if (call.body !== '' && call.headers['content-digest'] !== digest) return false;
  const known = { id: keyId, algs: ['hmac-sha256'], verify: createVerifier(secret, 'hmac-sha256') };
  return httpbis
    .verifyMessage(
      {
        keyLookup: async ({ keyid }) => (keyid === keyId ? known : null),
        requiredFields: ['@method', '@target-uri', ...covered],
        requiredParams: ['created', 'keyid'],
        maxAge: MOST_AGE_SECONDS,
        tolerance: TOLERANCE_SECONDS,
      },
      { ...call },
    )
    .then(
      (isVerified) => isVerified === true,
      () => false,
    );
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
