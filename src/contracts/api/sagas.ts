import { z } from 'zod';
import { COMMAND_KINDS } from '../../domain/command/recorded-command';
import { SAGA_STATES } from '../saga-states';
import { identifier, moment, text } from './fields';
import { pageOf, pageQuery } from './paging';

export const sagaListQuery = z
  .strictObject({
    state: z
      .enum(SAGA_STATES)
      .optional()
      .meta({ description: 'open sagas in this state; required without `subject`', example: 'running' }),
    subject: identifier.optional().meta({
      description: 'the sagas of this order or trip; without `state` also the finished ones',
      example: 'ord_7d3k9q2m4x8w1n6p',
    }),
    ...pageQuery,
  })
  .refine(({ state, subject }) => state !== undefined || subject !== undefined, {
    path: ['state'],
    error: 'is required without subject',
  });

/** The id of a saga: the id of its command. */
const sagaId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/%-]{0,127}$/, 'must be the id of an order, a trip or a command')
  .meta({
    description:
      'the id of the command: that of the order or trip which it creates, or of a later command on an order',
    example: 'ord_7d3k9q2m4x8w1n6p',
  });

const command = z.object({ kind: z.enum(COMMAND_KINDS), id: z.string() }).meta({
  description: 'the command that the saga runs; a command that creates an order or a trip has the id of that',
  example: { kind: 'cancel', id: 'cmd_7d3k9q2m4x8w1n6p' },
});

const steps = z
  .object({
    done: z.array(z.string()),
    remaining: z.array(z.string()).meta({
      description: 'steps and compensations that are still to run; none once the saga is finished',
    }),
    undone: z.array(z.string()).meta({ description: 'compensations that have run' }),
  })
  .optional()
  .meta({
    id: 'SagaSteps',
    description:
      'the steps by the stored answers, also while no workflow runs; left out while a store is unavailable',
    example: { done: ['releaseRest'], remaining: ['decreaseCredit', 'freeCancelled'], undone: [] },
  });

export const saga = z
  .object({
    id: sagaId,
    command,
    subject: z.string().meta({ description: 'the order or trip that the command creates or changes' }),
    caller: z
      .string()
      .meta({ description: 'the owner of the API key that sent the command', example: 'checkout' }),
    resolution: z
      .object({ target: z.string(), note: z.string() })
      .optional()
      .meta({ description: 'of a command that resolves another one: its id, and the note of the operator' }),
    state: z.enum([...SAGA_STATES, 'finished']),
    decision: z
      .string()
      .optional()
      .meta({ description: 'the decision of the command; absent until it is made', example: 'approved' }),
    reason: z.string().optional(),
    detail: z.string().optional().meta({ description: 'the thing that `reason` is about, such as the cap' }),
    attention: z
      .object({
        remaining: z
          .array(z.string())
          .meta({ description: 'the remaining steps, in the order in which they will run' }),
        failure: z.string(),
      })
      .optional()
      .meta({ description: 'why an operator has to act, and the remaining steps' }),
    lastRetry: z
      .object({ caller: z.string().meta({ example: 'support' }), at: moment })
      .optional()
      .meta({ description: 'who retried it last' }),
    answeredMeanwhile: z
      .array(z.string())
      .optional()
      .meta({ description: 'of a resolution: the steps that had stored their answer before the resolution' }),
    failure: z
      .string()
      .optional()
      .meta({ description: 'the error with which a step has failed for 10 s or longer' }),
    steps,
    workflowId: z.string(),
    startedAt: moment.meta({ description: 'when the command was recorded' }),
    updatedAt: moment,
    links: z.object({
      self: z.string(),
      order: z.string().optional(),
      trip: z.string().optional(),
      webUi: z.string().optional(),
    }),
  })
  .meta({ id: 'Saga' });

export type SagaView = z.output<typeof saga>;

export const sagaPage = pageOf(saga).meta({ id: 'SagaPage' });

export const sagaPath = z.object({ id: sagaId });

export const resolution = z
  .strictObject({ note: text(1_000).meta({ example: 'released by hand, ticket 4711' }) })
  .meta({ id: 'Resolution', example: { note: 'released by hand, ticket 4711' } });
