export { createOrder } from './create-order';
export { expireReservations } from './expire-reservations';
export { finishCompensation } from './finish-compensation';
export { releaseReservation } from './release-reservation';
export { reserveInventory } from './reserve-inventory';
