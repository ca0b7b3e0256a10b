import { z } from 'zod';
import { identifier } from './fields';
import { limitUpTo } from './paging';

const LONGEST_RANGE_DAYS = 366;
const MOST_KEYS = 1_000;
const USUAL_KEYS = 100;
const DAY_MS = 86_400_000;

const day = z.iso
  .date({ error: 'must be a date such as 2026-11-22', abort: true })
  .refine((date) => date >= '2000-01-01' && date < '2200-01-01', 'must lie between the years 2000 and 2200');

const USUAL_DAYS = 30;

/** The days that an insight sums up, both included. */
const range = {
  from: day
    .optional()
    .meta({ description: `the first day, in UTC; by default ${USUAL_DAYS} days up to \`to\`` }),
  to: day.optional().meta({ description: 'the last day, in UTC; by default today' }),
};

interface AskedDays {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Returns the days that a query asks for. `now`: milliseconds since 1970. */
export function daysOf({ from, to }: AskedDays, now: number): { readonly from: string; readonly to: string } {
  const last = to ?? dayOf(now);
  return { from: from ?? dayOf(Date.parse(last) - (USUAL_DAYS - 1) * DAY_MS), to: last };
}

function dayOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}

function isRange(asked: AskedDays): boolean {
  const { from, to } = daysOf(asked, Date.now());
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  return days >= 1 && days <= LONGEST_RANGE_DAYS;
}

const RANGE_ERROR = { path: ['from'], error: `must be 0 to ${LONGEST_RANGE_DAYS - 1} days before \`to\`` };

export const REJECTS_BY = ['node', 'sku', 'source', 'reason'] as const;

export const insightQuery = z.object(range).refine(isRange, RANGE_ERROR);

export const rejectsQuery = z
  .object({
    ...range,
    by: z.enum(REJECTS_BY).meta({ example: 'node' }),
    key: identifier.optional().meta({ description: 'one node, SKU, source or reason alone' }),
    limit: limitUpTo(MOST_KEYS, USUAL_KEYS),
  })
  .refine(isRange, RANGE_ERROR);

const rate = z
  .number()
  .nullable()
  .meta({ description: 'a share from 0 to 1; null: there is nothing to divide by', example: 0.004 });
const answered = { from: z.iso.date(), to: z.iso.date() };
const units = z.int().meta({ example: 250 });

const rejects = {
  promised: units.meta({ description: 'units promised from nodes' }),
  rejected: units.meta({ description: 'units that nodes did not deliver' }),
  rate,
};

export const rejectInsight = z
  .object({
    by: z.enum(REJECTS_BY),
    ...answered,
    ...rejects,
    items: z
      .array(z.object({ key: z.string(), ...rejects }))
      .meta({ description: 'the keys with the most rejected units first' }),
    days: z.array(z.object({ day: z.iso.date(), ...rejects })),
  })
  .meta({ id: 'RejectInsight' });

export const supplyInsight = z
  .object({
    ...answered,
    items: z.array(
      z.object({
        nodeId: z.string(),
        places: z.int().meta({ description: 'items that sources have reported at the node, now' }),
        stale: z.int().meta({ description: 'those of them whose supply has expired, now' }),
        share: rate,
        expiries: z.int().meta({ description: 'expiries of supply in the range' }),
        expiredUnits: z.int().meta({ description: 'the units that counted as zero from then on' }),
      }),
    ),
  })
  .meta({ id: 'SupplyInsight' });

export const resourcingInsight = z
  .object({
    ...answered,
    partners: z
      .object({
        refusals: z.int().meta({ description: 'requests that partners refused or did not answer' }),
        resourced: z.int().meta({ description: 'those after which the order was promised other stock' }),
        rate,
      })
      .meta({ description: 'before an order is approved' }),
    nodes: z.object({ resourced: units, backordered: units, cancelled: units, rate }).meta({
      description: 'units that nodes gave back after approval; `rate`: the share that was resourced',
    }),
  })
  .meta({ id: 'ResourcingInsight' });

const milliseconds = z.int().nullable().meta({ description: 'null: there is no such order', example: 1_200 });

const duration = z
  .object({ orders: z.int(), p50Ms: milliseconds, p90Ms: milliseconds, p99Ms: milliseconds })
  .meta({ description: 'by the day on which it ended; a percentile is up to 10 % too high' });

export const orderInsight = z
  .object({
    ...answered,
    placed: z.int(),
    approved: z.int(),
    rejected: z.int(),
    rejectRate: rate,
    reasons: z.array(z.object({ reason: z.string(), orders: z.int() })),
    placedToApproved: duration,
    approvedToDelivered: duration,
    placedToDelivered: duration,
  })
  .meta({ id: 'OrderInsight' });
