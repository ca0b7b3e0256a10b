import { z } from 'zod';
import { RETURN_CONDITIONS, type ReturnCondition } from '../../domain/order/order';
import { identifier, MOST_LINES, moment, nodeId, quantity, sku } from './fields';

const condition = z.enum(Object.keys(RETURN_CONDITIONS) as ReturnCondition[]).meta({
  description:
    'SELLABLE: the units add to supply; DAMAGED: they add to supply and to the unavailable units of the node',
});

/** Shipped units that came back to a node. */
export const returnRequest = z
  .strictObject({
    nodeId: nodeId.meta({ description: 'the node that received the units' }),
    lines: z
      .array(z.strictObject({ lineId: identifier.meta({ example: '1' }), quantity, condition }))
      .min(1, 'must have at least one line')
      .max(MOST_LINES, `must have at most ${MOST_LINES} lines`),
  })
  .meta({ id: 'ReturnRequest' });

/** A return, as its order shows it. */
export const orderReturn = z
  .object({
    id: z.string().meta({ description: 'the id of its command', example: 'cmd_7d3k9q2m4x8w1n6p' }),
    nodeId: z.string(),
    lines: z.array(z.object({ lineId: z.string(), sku, quantity, condition })),
    refund: z.int().meta({ description: 'the captured price of the units, in minor units of the currency' }),
    state: z.enum(['RECORDED', 'REFUNDED']).meta({
      description: 'REFUNDED: the units are in the stock of the node and the refund is on the credit account',
    }),
    returnedAt: moment,
  })
  .meta({ id: 'OrderReturn' });

export type OrderReturnView = z.output<typeof orderReturn>;
