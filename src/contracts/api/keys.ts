import { z } from 'zod';
import { ISSUED_CALLER, SYSTEM_CALLER } from '../commands';
import { givenMoment, identifier, moment, wholeNumber } from './fields';
import { pageOf, pageQuery } from './paging';
import { isScope, SCOPE_NAMES } from './scopes';

const MOST_SCOPES = 100;
const MOST_REQUESTS = 1_000_000;

const keyId = z
  .string()
  .regex(/^key_[0-9a-f]{16}$/, 'must be the id of a key, as GET /v1/keys lists it')
  .meta({ example: 'key_4f9c2a7be01d63c8' });

const keyCaller = identifier.meta({
  description: 'the caller that the key stands for; a caller may have several keys',
});

/** Left out, the key has no such limit. Each API process counts for itself. */
const limits = {
  requestsPerSecond: wholeNumber(1, MOST_REQUESTS)
    .optional()
    .meta({ description: 'the most requests in a second to one API process; left out: no limit' }),
  concurrency: wholeNumber(1, MOST_REQUESTS).optional().meta({
    description: 'the most requests open at once at one API process, streams included; left out: no limit',
  }),
};

export const keyRequest = z
  .strictObject({
    caller: identifier
      .refine((caller) => caller !== SYSTEM_CALLER, 'is the name of Holdfast itself: choose another')
      .refine(
        (caller) => !caller.startsWith(ISSUED_CALLER),
        `must not begin with ${ISSUED_CALLER}, as the names of callers with a token of an issuer do`,
      )
      .meta(keyCaller.meta() ?? {}),
    scopes: z
      .array(z.string().refine(isScope, `must be one of ${SCOPE_NAMES.join(', ')}`))
      .min(1, 'must name at least one scope')
      .max(MOST_SCOPES, `must name at most ${MOST_SCOPES} scopes`),
    expiresAt: givenMoment
      .optional()
      .meta({ description: 'the moment from which the key is refused; left out: never' }),
    ...limits,
  })
  .meta({ id: 'KeyRequest', example: { caller: 'checkout', scopes: ['orders:write', 'orders:read'] } });

export const apiKey = z
  .object({
    id: keyId,
    caller: keyCaller,
    scopes: z.array(z.string()),
    ...limits,
    createdAt: moment,
    expiresAt: moment.optional(),
    usedAt: moment
      .optional()
      .meta({ description: 'the last use, written once a minute at most; absent before the first' }),
    revokedAt: moment.optional(),
  })
  .meta({ id: 'Key' });

export type KeyView = z.output<typeof apiKey>;

export const newKey = apiKey
  .extend({
    key: z.string().meta({
      description: 'the key itself; it is shown once',
      example: 'hf_4mJx1c0mYyVtVtqJ0p7cQ2mC3l8',
    }),
  })
  .meta({ id: 'NewKey' });

export const keyPath = z.object({ id: keyId });
export const keyListQuery = z.strictObject({ caller: identifier.optional(), ...pageQuery });
export const keyPage = pageOf(apiKey).meta({ id: 'KeyPage' });
