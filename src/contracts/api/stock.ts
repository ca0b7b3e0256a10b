import { z } from 'zod';
import { SUPPLY_BASES } from '../../domain/inventory/setup/set-up';
import { DAMAGE_ENDS } from '../../domain/inventory/supply/unavailable';
import { ASKED_MOMENT, moment, nodeId, pastMoment, quantity, sku } from './fields';
import { pageOf, pageQuery } from './paging';

/** Every term of an item's stock at one node. */
export const stockNode = z.object({
  nodeId: z.string(),
  supply: z
    .int()
    .nullable()
    .meta({ description: 'null: no source has counted yet; expired supply counts as 0' }),
  held: z.int(),
  committed: z.int(),
  unavailable: z
    .int()
    .meta({ description: 'damaged units, until they are reported as scrapped or repaired' }),
  safetyStock: z.int(),
  queued: z.int().optional().meta({ description: 'units that are there and claimed by the backorder queue' }),
  atp: z.int().meta({ description: 'available to promise' }),
  shortfall: z
    .int()
    .optional()
    .meta({ description: 'units that are committed, or have departed, beyond supply' }),
  freshness: z.enum(['fresh', 'expired', 'unknown']),
  observedAt: moment.nullable(),
  sourceId: z
    .string()
    .nullable()
    .meta({ description: 'the source with the highest authority, whose numbers count' }),
  sections: z
    .array(z.object({ section: z.string(), supply: z.int(), observedAt: moment }))
    .optional()
    .meta({
      description: 'of a store that is reported by sections: `supply` is their sum, and never below 0',
    }),
  others: z
    .array(
      z.object({
        sourceId: z.string(),
        basis: z.enum(SUPPLY_BASES),
        supply: z.int().nullable(),
        freshness: z.enum(['fresh', 'expired', 'unknown']),
        observedAt: moment.nullable(),
        difference: z.int().nullable().meta({
          description:
            'supply of this source less that of the source that counts; null where their bases differ or one is unknown',
        }),
      }),
    )
    .optional()
    .meta({ description: 'the numbers of the other sources of this node' }),
  zeroedAt: moment
    .optional()
    .meta({ description: 'supply is 0 as of then, because the node found none; what came later counts' }),
});

/** Every term of an item's stock, node by node, and the totals. */
export const stock = z
  .object({
    sku,
    nodes: z.array(stockNode),
    openBackorders: z.int().meta({ description: 'units promised without stock' }),
    waiting: z
      .array(
        z.object({
          position: z.int(),
          reservationId: z.string(),
          quantity: z.int(),
          claimed: z.int().meta({ description: 'units that are there and set aside for this entry' }),
          closed: z.array(
            z.object({
              nodeId: z.string(),
              reason: z.string().meta({
                description:
                  'PARTNER, the reason of an eligibility rule, or the reason with which the node rejected the order',
              }),
              until: moment
                .nullable()
                .meta({ description: 'when an exclusion for a time ends; null: not by time' }),
            }),
          ),
        }),
      )
      .meta({
        description: 'the first 20 entries of the backorder queue, each with the nodes that it cannot use',
      }),
    atp: z
      .int()
      .meta({ description: 'the sum over all nodes, less the units that the backorder queue claims' }),
    asOf: moment.optional().meta(ASKED_MOMENT),
  })
  .meta({ id: 'Stock' });

/** The units of an item that orders and reservations hold. */
export const stockClaimPage = pageOf(
  z
    .object({
      state: z.enum(['HELD', 'COMMITTED', 'BACKORDERED']),
      reservationId: z.string(),
      orderId: z.string().optional(),
      quantity: z.int(),
      nodeId: z.string().optional().meta({ description: 'absent for a backorder' }),
      grantedAt: moment.optional(),
      expiresAt: moment.optional().meta({ description: 'when a hold expires' }),
      place: z.int().optional().meta({ description: 'the queue position of a backorder' }),
    })
    .meta({ id: 'StockClaim' }),
).meta({ id: 'StockClaimPage' });

export const stockClaimsQuery = z.strictObject(pageQuery);

/** No field has a default, because the fingerprint covers the request as sent. */
export const damageEndRequest = z
  .strictObject({
    quantity: quantity.meta({ description: 'how many of the unavailable units' }),
    reason: z.enum(DAMAGE_ENDS).meta({
      description: '`SCRAPPED`: the units have left the node; `REPAIRED`: they can be sold again',
    }),
  })
  .meta({ id: 'DamageEndRequest', example: { quantity: 1, reason: 'REPAIRED' } });

export type DamageEndRequest = z.output<typeof damageEndRequest>;

export const stockAtNodePath = z.object({ sku, nodeId });

export const stockPath = z.object({ sku });

export const stockQuery = z.strictObject({
  asOf: pastMoment('the stock'),
});
