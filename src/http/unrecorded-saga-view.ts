import type { SagaView } from '../contracts/api/sagas';
import type { UnrecordedCommand } from '../stores/unrecorded-commands';
import { sagaPathOf } from './saga-path';
import type { WebUiLinks } from './web-ui-links';

/** The saga of a command that could not be recorded, as the API shows it: there is no order or trip that would say more. */
export function unrecordedSagaView(kept: UnrecordedCommand, links: WebUiLinks): SagaView {
  const { id, command, failure, resolution, createdAt } = kept;
  const kind = 'wishes' in command ? 'trip' : 'create';
  const remaining = [kind === 'trip' ? 'recordTrip' : 'recordOrder'];
  const isOpen = resolution === null;
  return {
    id,
    command: { kind, id },
    state: isOpen ? 'needs_attention' : 'finished',
    ...standingOf(kept),
    ...(isOpen ? { attention: { remaining, failure } } : {}),
    steps: { done: [], remaining: isOpen ? remaining : [], undone: [] },
    startedAt: createdAt,
    updatedAt: createdAt,
    links: { self: sagaPathOf(id), ...links.toOrder(id) },
  };
}

/** How an order or trip stands that could not be recorded: taken, until an operator has dealt with it by hand. */
export function standingOf({ resolution }: Pick<UnrecordedCommand, 'resolution'>) {
  return resolution === null
    ? ({ status: 'PENDING', compensation: 'needs_attention' } as const)
    : ({ status: 'REJECTED', reason: 'PROCESSING_FAILED', compensation: 'done' } as const);
}
