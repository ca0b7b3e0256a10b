import { z } from 'zod';
import { ORDER_SAGA_KINDS } from '../../domain/order/open-sagas';
import { COMPENSATION_STATES, ORDER_STATUSES } from '../../domain/order/order';
import { TRIP_STATUSES } from '../../domain/trip/trip';
import { moment, text } from './fields';
import { pageOf, pageQuery } from './paging';

export const sagaListQuery = z.strictObject({
  state: z.enum(['running', 'stuck', 'needs_attention']),
  ...pageQuery,
});

/** Its id says what a saga is about: `ord_…` an order, `trp_…` a trip, all others the command that it carries out. */
const sagaId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/, 'must be the id of an order, a trip or a command')
  .meta({
    description: 'the id of its order or trip, or of one command on an order',
    example: 'ord_7d3k9q2m4x8w1n6p',
  });

const command = z
  .object({
    kind: z.enum([...ORDER_SAGA_KINDS, 'trip']),
    id: z.string(),
    outcome: z.enum(['done', 'refused']).optional(),
    reason: z.string().optional(),
  })
  .meta({
    description:
      'the command that is carried out; its id is the id of the order or trip it creates, or its own. ' +
      'How it ended is told where it was asked for by its own id, and is over',
    example: { kind: 'cancel', id: 'cmd_7d3k9q2m4x8w1n6p' },
  });

const steps = z
  .object({
    done: z.array(z.string()),
    remaining: z.array(z.string()).meta({
      description: 'steps to be taken; of a saga that goes back, undos to be run; none once it is finished',
    }),
    undone: z.array(z.string()).meta({ description: 'undos that were run' }),
  })
  .optional()
  .meta({
    id: 'SagaSteps',
    description: 'as stored, whether or not its workflow lives; left out while a store cannot be reached',
    example: {
      done: ['claimCancel', 'releaseRest'],
      remaining: ['decreaseCredit', 'finishCancel'],
      undone: [],
    },
  });

const sagaFields = {
  id: sagaId,
  command,
  state: z.enum(['running', 'needs_attention', 'finished']),
  status: z.enum([...new Set([...ORDER_STATUSES, ...TRIP_STATUSES])]),
  reason: z.string().optional(),
  compensation: z.enum(COMPENSATION_STATES),
  attention: z
    .object({
      remaining: z
        .array(z.string())
        .meta({ description: 'the undos and steps left, in the order they will run' }),
      failure: z.string(),
    })
    .optional()
    .meta({ description: 'what an operator has to finish' }),
  steps,
  others: z
    .array(z.object({ command, steps }))
    .optional()
    .meta({ description: 'other commands on the same order that are under way' }),
  workflowId: z.string().optional().meta({
    description: 'left out of a command whose set is not recorded: `links.webUi` finds it by its order',
  }),
  startedAt: moment.meta({
    description: 'when its order or trip was recorded; of a command on an order, when it was taken',
  }),
  updatedAt: moment,
  links: z.object({
    self: z.string(),
    order: z.string().optional(),
    trip: z.string().optional(),
    webUi: z.string().optional(),
  }),
};

export const saga = z.object(sagaFields).meta({ id: 'Saga' });

export type SagaView = z.output<typeof saga>;

export const sagaPage = pageOf(saga).meta({ id: 'SagaPage' });

export const sagaDetail = z
  .object({
    ...sagaFields,
    ledger: z.unknown().optional().meta({
      description:
        'while the workflow runs: the steps done, left and undone of the whole set, or how far a trip is',
    }),
  })
  .meta({ id: 'SagaDetail' });

export const sagaPath = z.object({ id: sagaId });

export const resolution = z
  .strictObject({ note: text(1_000).meta({ example: 'released by hand, ticket 4711' }) })
  .meta({ id: 'Resolution' });
