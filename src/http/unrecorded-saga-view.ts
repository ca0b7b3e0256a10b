import type { SagaView } from '../contracts/api/sagas';
import type { UnrecordedCommand } from '../stores/unrecorded-commands';
import { sagaPathOf } from './saga-path';
import type { WebUiLinks } from './web-ui-links';

/** The saga of a command that could not be recorded, as the API shows it: there is no order or trip that would say more. */
export function unrecordedSagaView(
  { id, command, failure, resolution, createdAt }: UnrecordedCommand,
  links: WebUiLinks,
): SagaView {
  const kind = 'wishes' in command ? 'trip' : 'create';
  const remaining = [kind === 'trip' ? 'recordTrip' : 'recordOrder'];
  const isOpen = resolution === null;
  return {
    id,
    command: { kind, id },
    state: isOpen ? 'needs_attention' : 'finished',
    status: 'PENDING',
    compensation: isOpen ? 'needs_attention' : 'done',
    ...(isOpen ? { attention: { remaining, failure } } : {}),
    steps: { done: [], remaining: isOpen ? remaining : [], undone: [] },
    startedAt: createdAt,
    updatedAt: createdAt,
    links: { self: sagaPathOf(id), ...links.toOrder(id) },
  };
}
