import { z } from 'zod';
import { SUPPLY_BASES } from '../../domain/inventory/setup/set-up';
import { DAMAGE_ENDS } from '../../domain/inventory/supply/unavailable';
import { givenMoment, moment, nodeId, quantity, sku } from './fields';
import { pageOf, pageQuery } from './paging';

/** Every term of an item's stock at one node. */
export const stockNode = z.object({
  nodeId: z.string(),
  supply: z.int().nullable().meta({ description: 'null: nobody has said; expired supply counts as 0' }),
  held: z.int(),
  committed: z.int(),
  unavailable: z.int().meta({ description: 'damaged, until somebody says what became of them' }),
  safetyStock: z.int(),
  queued: z.int().optional().meta({ description: 'of what is there, claimed by the backorder queue' }),
  atp: z.int().meta({ description: 'available to promise' }),
  shortfall: z.int().optional().meta({ description: 'committed or gone beyond what is there' }),
  freshness: z.enum(['fresh', 'expired', 'unknown']),
  observedAt: moment.nullable(),
  sourceId: z.string().nullable().meta({ description: 'the source that counts: of the highest authority' }),
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
          description: 'more than the source that counts; null where the two do not count alike',
        }),
      }),
    )
    .optional()
    .meta({ description: 'what other sources say of this node' }),
  zeroedAt: moment
    .optional()
    .meta({ description: 'supply is 0 as of then, because the node found none; what came later counts' }),
});

/** Every term of an item's stock, node by node, and the totals. */
export const stock = z
  .object({
    sku,
    nodes: z.array(stockNode),
    openBackorders: z.int().meta({ description: 'promised without stock' }),
    waiting: z
      .array(
        z.object({
          position: z.int(),
          reservationId: z.string(),
          quantity: z.int(),
          claimed: z.int().meta({ description: 'units that are there and set aside for it' }),
          closed: z.array(
            z.object({
              nodeId: z.string(),
              reason: z.string().meta({
                description: 'PARTNER, what a rule says, or why the node refused the order',
              }),
              until: moment.nullable().meta({ description: 'when a refusal by time ends' }),
            }),
          ),
        }),
      )
      .meta({
        description: 'the first 20 entries of the backorder queue, and the nodes that each cannot use',
      }),
    atp: z.int().meta({ description: 'over all nodes, less what the backorder queue claims' }),
    asOf: moment.optional().meta({ description: 'the moment in the past that was asked for' }),
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
      expiresAt: moment.optional().meta({ description: 'of a hold that stands alone' }),
      place: z.int().optional().meta({ description: 'of a backorder: its queue position' }),
    })
    .meta({ id: 'StockClaim' }),
).meta({ id: 'StockClaimPage' });

export const stockClaimsQuery = z.strictObject(pageQuery);

/** No field has a default, because the fingerprint covers the request as sent. */
export const damageEndRequest = z
  .strictObject({
    quantity: quantity.meta({ description: 'of those that are unavailable' }),
    reason: z.enum(DAMAGE_ENDS).meta({
      description: '`SCRAPPED`: they have left the node; `REPAIRED`: they can be sold',
    }),
  })
  .meta({ id: 'DamageEndRequest' });

export type DamageEndRequest = z.output<typeof damageEndRequest>;

export const stockAtNodePath = z.object({ sku, nodeId });

export const stockPath = z.object({ sku });

export const stockQuery = z.strictObject({
  asOf: givenMoment.optional().meta({ description: 'a moment in the past, told from the log alone' }),
});
