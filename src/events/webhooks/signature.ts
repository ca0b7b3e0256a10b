import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * Returns the headers that Standard Webhooks asks for. Each secret gives a signature, so that the receiver can verify the
 * message with the old or the new secret during a rotation.
 * @param id the id of the message, the same in every attempt
 * @param at the moment of the attempt, in seconds since 1970
 */
export function signedHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  at: number,
): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': signatures.join(' '),
  };
}
