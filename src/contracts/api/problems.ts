import { z } from 'zod';
import { wholeNumber } from './fields';

/** The available quantity of an item when its reservation was refused. */
const shortage = z.object({ sku: z.string(), requested: z.int(), available: z.int() });

/** The body of every 4xx and 5xx answer, as RFC 9457 defines it. */
export const problem = z
  .object({
    type: z.string().meta({ description: 'names the kind of problem', example: '/problems/invalid-request' }),
    title: z.string().meta({ example: 'The request is not valid' }),
    status: wholeNumber(400, 599).meta({ example: 400 }),
    detail: z.string().optional().meta({ description: 'what happened, and to which field or thing' }),
    instance: z.string().meta({ description: 'the `X-Request-Id` of the request' }),
    errors: z
      .array(
        z.object({
          field: z.string().meta({ example: 'lines[0].quantity' }),
          message: z.string(),
        }),
      )
      .optional()
      .meta({ description: 'each field at fault, with the reason' }),
    reason: z
      .string()
      .optional()
      .meta({ description: 'the reason code of a refused command', example: 'OUT_OF_STOCK' }),
    shortages: z.array(shortage).optional(),
    references: z
      .array(z.object({ kind: z.string().meta({ example: 'source' }), id: z.string() }))
      .optional()
      .meta({ description: 'up to 10 things that refer to the one to be removed' }),
  })
  .meta({ id: 'Problem' });

/** A kind of problem or a reason code, as the catalogue explains it. */
export const explanation = z
  .object({
    type: z.string().meta({ description: 'the path of this explanation', example: '/problems/OUT_OF_STOCK' }),
    kind: z.enum(['problem', 'refusal', 'trip', 'rejection', 'feed']).meta({
      description:
        'problem: the type of a problem document; refusal: of a command or an order; trip: of a rejected trip; rejection: ' +
        'why a node rejects units of a shipment; feed: why a row of a feed was rejected',
    }),
    status: z.int().optional().meta({ description: 'the HTTP status, of a problem' }),
    title: z.string(),
    meaning: z.string(),
    action: z.string().optional().meta({ description: 'what the caller can do' }),
  })
  .meta({ id: 'Explanation' });

export const explanationList = z.object({ items: z.array(explanation) }).meta({ id: 'Explanations' });

export const problemPath = z.object({
  type: z.string().max(100, 'must have at most 100 characters').meta({ example: 'OUT_OF_STOCK' }),
});

export type Explanation = z.output<typeof explanation>;

export type ProblemView = z.output<typeof problem>;
