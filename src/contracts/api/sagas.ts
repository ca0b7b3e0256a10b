import { z } from 'zod';
import { COMPENSATION_STATES, ORDER_STATUSES } from '../../domain/order/order';
import { TRIP_STATUSES } from '../../domain/trip/trip';
import { identifier, moment, text } from './fields';
import { pageOf, pageQuery } from './paging';

export const sagaListQuery = z.strictObject({
  state: z.enum(['running', 'stuck', 'needs_attention']),
  ...pageQuery,
});

/** Its id says what a saga is about: `ord_…` an order, `trp_…` a trip. */
const sagaId = identifier.meta({
  description: 'the command it carries: the id of its order or trip',
  example: 'ord_7d3k9q2m4x8w1n6p',
});

const sagaFields = {
  id: sagaId,
  state: z.enum(['running', 'needs_attention', 'finished']),
  status: z.enum([...new Set([...ORDER_STATUSES, ...TRIP_STATUSES])]),
  reason: z.string().optional(),
  compensation: z.enum(COMPENSATION_STATES),
  attention: z
    .object({
      remaining: z.array(z.string()).meta({ description: 'the undos left, in the order they will run' }),
      failure: z.string(),
    })
    .optional()
    .meta({ description: 'what an operator has to finish' }),
  workflowId: z.string(),
  startedAt: moment,
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
