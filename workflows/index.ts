export { cancelOrders } from './orders/cancel-orders';
export { createOrders } from './orders/create-orders';
export { rejectUnits } from './orders/reject-units';
export { resolveCommands } from './orders/resolve-commands';
export { reviseOrders } from './orders/revise-orders';
export { shipShipments } from './orders/ship-shipments';
export { reserveInventory } from './reservations/reserve-inventory';
export { bookTrip } from './trips/book-trip';
