import { z } from 'zod';

const MOST_ITEMS = 200;
const USUAL_ITEMS = 50;

/** The query parameters of every listing. A cursor is opaque: the previous page contains it. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `must be a whole number from 1 to ${MOST_ITEMS}`)
    .transform(Number)
    .refine((limit) => limit <= MOST_ITEMS, `must be a whole number from 1 to ${MOST_ITEMS}`)
    .prefault(String(USUAL_ITEMS))
    .meta({ override: { type: 'integer', minimum: 1, maximum: MOST_ITEMS, default: USUAL_ITEMS } }),
  cursor: z
    .string()
    .max(1_000, 'is not a cursor of this listing')
    .optional()
    .meta({ description: '`nextCursor` of the previous page' }),
};

/** Returns the schema of one page of a listing; the last page has no `nextCursor`. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() });
}
