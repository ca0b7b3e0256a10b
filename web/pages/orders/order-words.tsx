import type { Order, OrderStatus, Saga, Shipment } from '../../api/answers';
import { Pill, Reason, type Tone } from '../../parts/facts';
import { wordsOf } from '../../parts/words';

const STATUS_TONES = {
  PENDING: 'busy',
  APPROVED: 'good',
  BACKORDERED: 'warn',
  FULFILLING: 'good',
  SHIPPED: 'good',
  DELIVERED: 'good',
  REVISION_PENDING: 'busy',
  CANCEL_PENDING: 'busy',
  CANCELLED: 'calm',
  REJECTED: 'bad',
} as const satisfies Record<OrderStatus, Tone>;

export const ORDER_STATUSES = Object.keys(STATUS_TONES) as OrderStatus[];

const SHIPMENT_TONES = {
  RELEASED: 'busy',
  ACCEPTED: 'busy',
  SHIPPED: 'good',
  DELIVERED: 'good',
  REJECTED: 'bad',
  CANCELLED: 'calm',
} as const satisfies Record<Shipment['state'], Tone>;

const SAGA_TONES = {
  running: 'busy',
  stuck: 'warn',
  needs_attention: 'bad',
  finished: 'calm',
} as const satisfies Record<Saga['state'], Tone>;

/** The status of an order with the reason of a rejection, and a warning while a command on it needs an operator. */
export function OrderState({ order }: { order: Pick<Order, 'status' | 'reason' | 'compensation'> }) {
  const { status, reason, compensation } = order;
  return (
    <>
      <Pill tone={STATUS_TONES[status]}>{wordsOf(status)}</Pill>
      {reason && (
        <span class="reason">
          <Reason code={reason} />
        </span>
      )}
      {compensation === 'needs_attention' && <Pill tone="bad">Needs attention</Pill>}
    </>
  );
}

export function ShipmentState({ state }: Pick<Shipment, 'state'>) {
  return <Pill tone={SHIPMENT_TONES[state]}>{wordsOf(state)}</Pill>;
}

export function SagaState({ state }: Pick<Saga, 'state'>) {
  return <Pill tone={SAGA_TONES[state]}>{wordsOf(state)}</Pill>;
}
