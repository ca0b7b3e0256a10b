import { z } from 'zod';
import { REJECTION_REASONS, SHIPMENT_STATES } from '../../domain/order/order';
import { givenMoment, identifier, MOST_LINES, moment, nodeId, orderId, quantity, sku, text } from './fields';
import { pageOf, pageQuery } from './paging';

const shipmentId = identifier.meta({ example: 'shp_7d3k9q2m4x8w1n6p_1' });

/** The reasons that a node can report. NO_RESPONSE is recorded by Holdfast itself, when a deadline passes. */
const reportedReason = z.enum(REJECTION_REASONS).exclude(['NO_RESPONSE']);

const restId = shipmentId.optional().meta({
  description: 'after a part has left: the shipment with the rest of the units',
  example: 'shp_7d3k9q2m4x8w1n6p_2',
});

export const shipmentPath = z.object({ id: shipmentId });

export const shipment = z
  .object({
    id: shipmentId,
    orderId,
    nodeId: z.string(),
    state: z.enum(SHIPMENT_STATES),
    lines: z.array(z.object({ lineId: z.string(), sku, quantity: z.int() })),
    deadline: moment
      .optional()
      .meta({ description: 'when the node must have accepted or shipped the shipment' }),
    tracking: z.string().optional(),
    restId,
  })
  .meta({ id: 'Shipment' });

export type ShipmentView = z.output<typeof shipment>;

export const shipmentListQuery = z.strictObject({
  nodeId: nodeId.optional(),
  state: z.enum(SHIPMENT_STATES).optional(),
  dueBefore: givenMoment.optional().meta({ description: 'shipments with a deadline before this moment' }),
  ...pageQuery,
});

export const shipmentPage = pageOf(shipment).meta({ id: 'ShipmentPage' });

export const shipmentList = z.object({ items: z.array(shipment) }).meta({ id: 'Shipments' });

/** The answer to a recorded report, before its outcome. */
export const shipmentTaken = z
  .object({ id: shipmentId, state: z.enum(SHIPMENT_STATES), restId })
  .meta({ id: 'ShipmentTaken' });

const lineUnits = { lineId: identifier.meta({ example: '1' }), quantity };

/** The units of one line that a node cannot deliver, and the reason. */
export const rejectRequest = z
  .strictObject({
    ...lineUnits,
    reason: reportedReason.meta({
      description:
        'decides what becomes of the stock of the node. NOT_IN_STOCK: it counts as zero until a later observation; ' +
        'MISMATCH: these units leave supply; DAMAGED: these units become unavailable; NO_CAPACITY: it stays as it is',
    }),
  })
  .meta({ id: 'RejectRequest' });

/** The units that leave, each line once. */
const shippedLines = z
  .array(z.strictObject(lineUnits))
  .min(1, 'must have at least one line')
  .max(MOST_LINES, `must have at most ${MOST_LINES} lines`)
  .superRefine((lines, context) => {
    const ids = lines.map(({ lineId }) => lineId);
    for (const [at, lineId] of ids.entries()) {
      if (ids.indexOf(lineId) < at)
        context.addIssue({ code: 'custom', path: [at, 'lineId'], message: `names line ${lineId} again` });
    }
  })
  .meta({
    description:
      'the units that leave, by line; left out: all of the shipment. The rest becomes a shipment of its own, with ' +
      'the same state and deadline',
  });

export const shipRequest = z
  .strictObject({ lines: shippedLines.optional(), tracking: text(200).optional() })
  .meta({ id: 'ShipRequest' });
