import { isWanted } from '../../../src/events/webhooks/wanted-events';

type Matched = Parameters<typeof isWanted>[1];

const ALL = { types: [], nodes: [], channels: [] };
const SHIPPED: Matched = {
  type: 'orders.shipment-shipped.v1',
  key: { kind: 'order', id: 'ord_1' },
  data: { shipmentId: 'shp_1', tracking: null },
};
const RECORDED: Matched = {
  type: 'orders.order-recorded.v1',
  key: { kind: 'order', id: 'ord_1' },
  data: { channel: 'web', lines: [] },
};
const APPROVED: Matched = {
  type: 'orders.order-approved.v1',
  key: { kind: 'order', id: 'ord_1' },
  data: { sources: [{ lineId: '1', nodeId: 'wh-1' }], shipments: [{ id: 'shp_1', nodeId: 'wh-1' }] },
};
const HELD: Matched = {
  type: 'inventory.stock-held.v1',
  key: { kind: 'stock', sku: 'MUG-01', nodeId: 'wh-1' },
  data: { reservationId: 'r' },
};
const NODE_SET: Matched = {
  type: 'inventory.node-set.v1',
  key: { kind: 'node', id: 'wh-1' },
  data: { id: 'wh-1' },
};
const ORDER = {
  channel: 'web',
  shipments: [
    { id: 'shp_1', nodeId: 'wh-1' },
    { id: 'shp_2', nodeId: 'wh-2' },
  ],
} as unknown as Parameters<typeof isWanted>[2];

test.each([
  ['everything without a filter', ALL, HELD, undefined, true],
  ['a type by its name', { ...ALL, types: [HELD.type] }, HELD, undefined, true],
  ['no other type', { ...ALL, types: ['inventory.stock-held.v2'] }, HELD, undefined, false],
  ['all types of a log', { ...ALL, types: ['inventory.*'] }, HELD, undefined, true],
  ['no type of another log', { ...ALL, types: ['orders.*'] }, HELD, undefined, false],
  ['the stock of a node', { ...ALL, nodes: ['wh-1'] }, HELD, undefined, true],
  ['no stock of another node', { ...ALL, nodes: ['wh-2'] }, HELD, undefined, false],
  ['a node named in the data', { ...ALL, nodes: ['wh-1'] }, APPROVED, ORDER, true],
  ['the set-up of a node', { ...ALL, nodes: ['wh-1'] }, NODE_SET, undefined, true],
  ['a shipment from a node', { ...ALL, nodes: ['wh-1'] }, SHIPPED, ORDER, true],
  ['no shipment from another node', { ...ALL, nodes: ['wh-2'] }, SHIPPED, ORDER, false],
  ['nothing that names no node', { ...ALL, nodes: ['wh-1'] }, RECORDED, ORDER, false],
  ['a channel named in the data', { ...ALL, channels: ['web'] }, RECORDED, undefined, true],
  ['the channel of its order', { ...ALL, channels: ['web'] }, HELD, ORDER, true],
  ['no other channel', { ...ALL, channels: ['store'] }, HELD, ORDER, false],
  ['nothing without a channel', { ...ALL, channels: ['web'] }, HELD, undefined, false],
  [
    'what matches all filters',
    { types: ['orders.*'], nodes: ['wh-1'], channels: ['web'] },
    SHIPPED,
    ORDER,
    true,
  ],
  ['not what fails one', { types: ['credit.*'], nodes: ['wh-1'], channels: ['web'] }, SHIPPED, ORDER, false],
])('a webhook gets %s', (_, filter, event, order, expected) => {
  expect(isWanted(filter, event, order)).toBe(expected);
});
