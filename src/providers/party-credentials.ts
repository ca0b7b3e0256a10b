import { createHash } from 'node:crypto';
import { createSigner, httpbis } from 'http-message-signatures';

/** The credentials of Holdfast at one third party: a token that goes with each call, or a key that signs it. */
export type PartyCredentials =
  | { readonly bearer: string }
  | { readonly hmac: { readonly keyId: string; readonly secret: string } };

/** A call to a third party before it is sent. */
export interface PartyRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The parts of a call that its signature covers; with a body also `content-digest`, which stands for it. */
const SIGNED = ['@method', '@target-uri'];

/**
 * Returns the headers of a call with the credentials in them. A signed call has those of RFC 9421 (`Signature-Input`,
 * `Signature`), made by hmac-sha256 over the method, the URL, the moment and the digest of the body (RFC 9530).
 */
export async function withCredentials(
  { method, url, headers, body }: PartyRequest,
  credentials: PartyCredentials | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (credentials === undefined) return headers;
  if ('bearer' in credentials) return { ...headers, authorization: `Bearer ${credentials.bearer}` };
  const { keyId, secret } = credentials.hmac;
  const digest = body === undefined ? {} : { 'content-digest': digestOf(body) };
  const signed = await httpbis.signMessage(
    {
      key: createSigner(secret, 'hmac-sha256', keyId),
      fields: [...SIGNED, ...Object.keys(digest)],
      params: ['created', 'keyid', 'alg'],
    },
    { method, url, headers: { ...headers, ...digest } },
  );
  return signed.headers as Record<string, string>;
}

function digestOf(body: string): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}
