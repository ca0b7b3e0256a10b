import type { SagaView } from '../contracts/api/sagas';
import type { Order } from '../domain/order/order';
import { recordingStepOf, standingOf } from '../domain/unrecorded';
import type { UnrecordedCommand } from '../stores/unrecorded-commands';
import { orderPathOf } from './order-view';
import { sagaPathOf } from './saga-path';
import type { WebUiLinks } from './web-ui-links';

const REFUSED = { outcome: 'refused', reason: 'PROCESSING_FAILED' } as const;

/**
 * The saga of a command that could not be recorded, as the API shows it. `order`: the one that it was to change; where it
 * was to create one, or a trip, there is none that would say more.
 */
export function unrecordedSagaView(
  kept: UnrecordedCommand,
  order: Order | undefined,
  links: WebUiLinks,
): SagaView {
  const { id, kind, failure, resolution, createdAt } = kept;
  const remaining = [recordingStepOf(kind)];
  const isOpen = resolution === null;
  return {
    id,
    command: { kind, id, ...(order && !isOpen ? REFUSED : {}) },
    state: isOpen ? 'needs_attention' : 'finished',
    ...(order ? { status: order.status, compensation: order.compensation } : standingOf(kept)),
    ...(isOpen ? { attention: { remaining, failure } } : {}),
    steps: { done: [], remaining: isOpen ? remaining : [], undone: [] },
    startedAt: createdAt,
    updatedAt: createdAt,
    links: {
      self: sagaPathOf(id),
      ...(order ? { order: orderPathOf(order.id) } : {}),
      ...links.toOrder(order?.id ?? id),
    },
  };
}
