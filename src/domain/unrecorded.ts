import { ORDER_PLANS, type OrderSaga } from './order/open-sagas';

/** How an order or trip stands that could not be recorded: taken, until an operator has dealt with it by hand. */
export function standingOf({ resolution }: { readonly resolution: object | null }) {
  return resolution === null
    ? ({ status: 'PENDING', compensation: 'needs_attention' } as const)
    : ({ status: 'REJECTED', reason: 'PROCESSING_FAILED', compensation: 'done' } as const);
}

/** The step that records a command, and that nothing of it was heard of. */
export function recordingStepOf(kind: OrderSaga['kind'] | 'trip'): string {
  return kind === 'trip' ? 'recordTrip' : ORDER_PLANS[kind][0].name;
}
