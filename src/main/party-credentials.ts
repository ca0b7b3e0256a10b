import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PartyCredentials } from '../providers/party-credentials';
import { type Environment, optional, SettingsError } from './variable-reading';

const VARIABLE = 'HOLDFAST_PARTY_CREDENTIALS';

/** Characters that a header can carry. */
const inHeader = z.string().regex(/^[!-~]{1,4000}$/);

const credentialsByParty = z.record(
  z.string().min(1),
  z.union([
    z.strictObject({ bearer: inHeader }),
    z.strictObject({
      hmac: z.strictObject({ keyId: z.string().regex(/^[\w.:/@-]{1,200}$/), secret: z.string().min(16) }),
    }),
  ]),
);

/**
 * Reads the credentials at third parties, by party. No message shows them.
 * @throws SettingsError when the file cannot be read, or the content is invalid
 */
export function readPartyCredentials(environment: Environment): Readonly<Record<string, PartyCredentials>> {
  const given = optional(environment, VARIABLE);
  if (given === undefined) return {};
  const parsed = credentialsByParty.safeParse(
    jsonIn(given.trim().startsWith('{') ? given : contentOf(given)),
  );
  if (parsed.success) return parsed.data;
  const [party, field] = parsed.error.issues[0]?.path ?? [];
  const where =
    party === undefined ? '' : ` (see ${[party, field].filter((part) => part !== undefined).join('.')})`;
  throw new SettingsError(`${VARIABLE} must be an object of credentials by party${where}: ${FORM}`);
}

const FORM =
  '{"<party>": {"bearer": "<token>"}} or {"<party>": {"hmac": {"keyId": "<id>", "secret": "<16 characters or more>"}}}';

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SettingsError(`${VARIABLE} names a file that cannot be read (${code}), or is no JSON object`);
  }
}

/** Parses JSON; undefined when it is none. The error of the parser would show a part of the text. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
