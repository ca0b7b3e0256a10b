import type { CHANGING_SAGAS } from './changing-sagas';
import type { OnOrder } from './commands';
import type { UndoInput } from './steps';

/** The undos that alone say of a command on an approved order whether anybody goes on with it. */
export type ClaimUndo =
  | 'cutAcceptShort'
  | 'cutRejectShort'
  | 'cutShipShort'
  | 'cutDeliverShort'
  | 'cutCancelShort'
  | 'failRevision'
  | 'stopRevision';

/** An undo that was not heard of in the set its command travelled in. */
export interface FinishUndo extends Pick<UndoInput<OnOrder>, 'sagaId'> {
  readonly undo: ClaimUndo;
  /** What the command was for. */
  readonly saga: (typeof CHANGING_SAGAS)[number];
  readonly member: UndoInput<OnOrder>['members'][number];
  /** How long to wait before the next attempt, where some have been in vain already. */
  readonly pauseMs?: number;
}
