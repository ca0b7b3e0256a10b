import { z } from 'zod';
import { COMPENSATION_STATES, ORDER_STATUSES } from '../../domain/order/order';
import { moment, orderId, text } from './fields';
import { pageOf, pageQuery } from './paging';

export const sagaListQuery = z.strictObject({
  state: z.enum(['running', 'stuck', 'needs_attention']),
  ...pageQuery,
});

const sagaFields = {
  id: orderId.meta({ description: 'the command it carries: the id of its order' }),
  state: z.enum(['running', 'needs_attention', 'finished']),
  status: z.enum(ORDER_STATUSES),
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
  links: z.object({ self: z.string(), order: z.string(), webUi: z.string().optional() }),
};

export const saga = z.object(sagaFields).meta({ id: 'Saga' });

export type SagaView = z.output<typeof saga>;

export const sagaPage = pageOf(saga).meta({ id: 'SagaPage' });

export const sagaDetail = z
  .object({
    ...sagaFields,
    ledger: z
      .unknown()
      .optional()
      .meta({ description: 'the steps done, left and undone of the whole set, while the workflow runs' }),
  })
  .meta({ id: 'SagaDetail' });

export const sagaPath = z.object({ id: orderId });

export const resolution = z
  .strictObject({ note: text(1_000).meta({ example: 'released by hand, ticket 4711' }) })
  .meta({ id: 'Resolution' });
