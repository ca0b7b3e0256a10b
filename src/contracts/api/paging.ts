import { z } from 'zod';

const MOST_ITEMS = 200;
const USUAL_ITEMS = 50;

/** Returns the schema of a query's `limit`: a whole number from 1 to `most`, `usual` when it is left out. */
export function limitUpTo(most: number, usual: number) {
  const message = `must be a whole number from 1 to ${most}`;
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, message)
    .transform(Number)
    .refine((limit) => limit <= most, message)
    .prefault(String(usual))
    .meta({ override: { type: 'integer', minimum: 1, maximum: most, default: usual } });
}

/** The query parameters of every listing. A cursor is opaque: the previous page contains it. */
export const pageQuery = {
  limit: limitUpTo(MOST_ITEMS, USUAL_ITEMS),
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
