export { confirmWithPartners } from './confirm-with-partners';
export { createOrder } from './create-order';
export { expireReservations } from './expire-reservations';
export { fillBackorders } from './fill-backorders';
export { finishCompensation } from './finish-compensation';
export { releaseReservation } from './release-reservation';
export { reserveInventory } from './reserve-inventory';
