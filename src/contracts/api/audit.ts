import { z } from 'zod';
import { AUDIT_ACTS } from '../audit-acts';
import { givenMoment, identifier, moment } from './fields';
import { pageOf, pageQuery } from './paging';

export const auditQuery = z
  .strictObject({
    from: givenMoment.optional().meta({ description: 'acts of this moment and later' }),
    to: givenMoment.optional().meta({ description: 'acts before this moment' }),
    caller: identifier.optional().meta({
      description: 'the acts of this caller; `system`: those of Holdfast itself and of its programs',
      example: 'system',
    }),
    act: z.enum(AUDIT_ACTS).optional().meta({ example: 'key.create' }),
    ...pageQuery,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['from'],
    error: 'must lie before `to`',
  });

const auditEntry = z
  .object({
    id: z.uuid().meta({ description: 'of a setting, the id of its event' }),
    at: moment,
    caller: z.string().meta({
      description:
        'the owner of the API key; `oidc:…`: a caller with a token; `system`: Holdfast itself, or one of its programs',
      example: 'support',
    }),
    keyId: z.string().optional().meta({
      description: 'the API key, as `GET /v1/keys` lists it; absent for a caller with a token',
      example: 'key_4f9c2a7be01d63c8',
    }),
    act: z.enum(AUDIT_ACTS).meta({ example: 'saga.retry' }),
    subject: z.string().meta({
      description: 'the id of the saga, key, subscription, webhook or resource that was changed',
      example: 'ord_7d3k9q2m4x8w1n6p',
    }),
    detail: z.record(z.string(), z.unknown()).meta({
      description: 'what the act was given: the new content of a setting, a note, a moment',
      example: {},
    }),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntryView = z.output<typeof auditEntry>;

export const auditPosition = z.tuple([givenMoment, z.uuid()]);

export const auditPage = pageOf(auditEntry).meta({ id: 'AuditPage' });
