import { z } from 'zod';
import { totalOf } from '../../domain/order/line-units';
import { COMMAND_KINDS, COMPENSATION_STATES, ORDER_STATUSES, PAYMENT_STATES } from '../../domain/order/order';
import { REFUSAL_REASONS } from '../../domain/refusal';
import {
  ASKED_MOMENT,
  currency,
  customerId,
  givenMoment,
  identifier,
  MOST_LINES,
  moment,
  orderId,
  pastMoment,
  quantity,
  region,
  reservationId,
  shippingMethod,
  sku,
  text,
  wholeNumber,
} from './fields';
import { pageOf, pageQuery } from './paging';
import { orderReturn } from './returns';

const externalId = text(100).meta({
  description:
    "the caller's own name for the order; it need not be unique, and is encrypted until its erasure",
  example: 'web-2026-4711',
});

const MOST_TOTAL = 1_000_000_000_000;
/** Enough for the largest order whose names are not ASCII. */
export const LARGEST_ORDER_BYTES = 256 * 1024;
const MOST_VERSIONS = 1_000_000_000;

const orderLine = z.strictObject({
  sku,
  quantity,
  unitPrice: wholeNumber(0, 1_000_000_000).meta({
    description: 'in minor units of the currency',
    example: 1_999,
  }),
});

const MOST_METADATA = 20;

/** A small object of strings. */
const metadata = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/, {
      error: 'must have names of 1 to 40 letters, digits or . _ -, which start with a letter or digit',
    }),
    text(200),
  )
  .refine((data) => Object.keys(data).length <= MOST_METADATA, `must have at most ${MOST_METADATA} entries`)
  .meta({
    description: `data of the caller, up to ${MOST_METADATA} strings of 200 characters; Holdfast only stores it, encrypted until its erasure`,
    example: { cart: '4711' },
  });

/** The content of a new order. No field has a default, because the fingerprint covers the request as sent. */
export const orderRequest = z
  .strictObject({
    customerId,
    currency,
    lines: z
      .array(orderLine)
      .min(1, 'must have at least one line')
      .max(MOST_LINES, `must have at most ${MOST_LINES} lines`),
    shipTo: z.strictObject({ region }),
    channel: identifier.optional().meta({ example: 'web' }),
    reservationId: reservationId.optional().meta({
      description:
        'a hold of the same caller for the same items and quantities; the order takes its stock over',
    }),
    shippingMethod: shippingMethod.optional(),
    externalId: externalId.optional(),
    metadata: metadata.optional(),
    shipComplete: z.boolean().optional().meta({
      description: 'true: all of it leaves one node in one shipment, or waits; false when left out',
    }),
    maxShipments: wholeNumber(1, MOST_LINES).optional().meta({
      description: 'the most shipments; left out: HOLDFAST_MAX_SHIPMENTS, else no limit',
      example: 2,
    }),
  })
  .refine(({ lines }) => totalOf(lines) <= MOST_TOTAL, {
    path: ['lines'],
    error: `must not come to more than ${MOST_TOTAL} minor units`,
  })
  .meta({
    id: 'OrderRequest',
    example: {
      customerId: 'ada',
      currency: 'EUR',
      lines: [{ sku: 'MUG-01', quantity: 2, unitPrice: 1_999 }],
      shipTo: { region: 'north' },
      channel: 'web',
      externalId: 'web-2026-4711',
    },
  });

/** The whole new content of an order. A line that is left out is removed. */
export const reviseRequest = z
  .strictObject({
    baseVersion: wholeNumber(1, MOST_VERSIONS).meta({
      description: 'the `version` of the order that the caller has read',
      example: 1,
    }),
    lines: z
      .array(
        orderLine.extend({
          lineId: identifier.optional().meta({
            description:
              'left out: the id of an unnamed line of the same SKU and price, then of the same SKU; else a new id',
            example: '1',
          }),
        }),
      )
      .min(1, 'must have at least one line: cancel the order instead')
      .max(MOST_LINES, `must have at most ${MOST_LINES} lines`),
  })
  .refine(({ lines }) => totalOf(lines) <= MOST_TOTAL, {
    path: ['lines'],
    error: `must not come to more than ${MOST_TOTAL} minor units`,
  })
  .meta({
    id: 'ReviseRequest',
    example: { baseVersion: 1, lines: [{ lineId: '1', sku: 'MUG-01', quantity: 3, unitPrice: 1_999 }] },
  });

export type OrderRequest = z.output<typeof orderRequest>;

export const orderPath = z.object({ id: orderId });

export const orderQuery = z.strictObject({
  asOf: pastMoment('the order'),
});

/** The answer to a recorded command on an order, before its outcome. */
export const orderTaken = z
  .object({ id: orderId, status: z.enum(ORDER_STATUSES) })
  .meta({ id: 'OrderTaken', example: { id: 'ord_7d3k9q2m4x8w1n6p', status: 'PENDING' } });

export const order = z
  .object({
    id: orderId,
    status: z.enum(ORDER_STATUSES),
    reason: z.enum(REFUSAL_REASONS).optional().meta({ description: 'why the order was rejected' }),
    shortages: z
      .array(z.object({ sku, requested: z.int(), available: z.int() }))
      .optional()
      .meta({ description: 'of an order rejected for lack of stock: the available units of each item' }),
    customerId,
    lines: z.array(
      z.object({
        lineId: z.string(),
        sku,
        quantity,
        unitPrice: z.int(),
        sources: z.array(
          z.object({ nodeId: z.string(), quantity, state: z.enum(['COMMITTED', 'SHIPPED', 'DELIVERED']) }),
        ),
        backordered: z
          .object({ quantity, promiseDate: z.iso.date().optional() })
          .optional()
          .meta({ description: 'units that wait for stock, and the date for which they are promised' }),
        cancelled: z.int().optional().meta({ description: 'units of the line that were cancelled' }),
        returned: z.int().optional().meta({ description: 'shipped units of the line that came back' }),
      }),
    ),
    total: z.int().meta({ description: 'in minor units of the currency' }),
    currency,
    shippingMethod: z.string().optional(),
    externalId: z.string().optional(),
    metadata: z.record(z.string(), z.string()).optional(),
    personalData: z.literal('erased').optional().meta({
      description:
        '`erased` once `metadata` and `externalId` were erased; left out before, and where neither was given',
    }),
    returns: z.array(orderReturn).optional().meta({ description: 'the units that came back, oldest first' }),
    payment: z.enum(PAYMENT_STATES),
    compensation: z
      .enum(COMPENSATION_STATES)
      .meta({ description: 'how far the compensations of the order have run' }),
    lastCommand: z
      .object({
        id: z.string(),
        kind: z.enum(COMMAND_KINDS),
        outcome: z.enum(['done', 'refused']),
        reason: z.enum(REFUSAL_REASONS).optional(),
      })
      .optional()
      .meta({
        description:
          'the outcome of the last command on the order, including a revision that was turned back',
      }),
    version: z.int().meta({ description: 'the number of the revision, for `baseVersion`' }),
    createdAt: moment,
    updatedAt: moment,
    asOf: moment.optional().meta(ASKED_MOMENT),
    links: z.object({
      self: z.string(),
      events: z.string(),
      shipments: z.string(),
      saga: z.string(),
      webUi: z.string().optional().meta({ description: 'the saga that created it, in the Temporal Web UI' }),
      webUiSearch: z
        .string()
        .optional()
        .meta({ description: 'all sagas of the order, in the Temporal Web UI' }),
    }),
  })
  .meta({ id: 'Order' });

export type OrderView = z.output<typeof order>;

export const orderListQuery = z.strictObject({
  customerId: customerId.optional(),
  status: z.enum(ORDER_STATUSES).optional(),
  sku: sku.optional().meta({ description: 'orders with a line of this item' }),
  externalId: externalId.optional(),
  createdFrom: givenMoment.optional().meta({ description: 'orders created at this moment or later' }),
  createdTo: givenMoment.optional().meta({ description: 'orders created before this moment' }),
  ...pageQuery,
});

export const orderPage = pageOf(order).meta({ id: 'OrderPage' });
