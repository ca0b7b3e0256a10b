import type { StepAnswer } from '../domain/decision';
import type { SurplusGiven } from '../domain/inventory/partner-booking';
import type { ReservationGiven } from '../domain/inventory/reservation';
import type { OwnedElsewhere } from '../domain/order/create-order';
import type { Attention } from '../domain/order/order';
import type { RefusalReason } from '../domain/refusal';
import type { Command, CreateOrder } from './commands';

/** A member of a set at one step: its command, and what the steps before have given for it. */
export interface StepMember<C extends Command, Given = object> {
  readonly command: C;
  readonly given: Given;
}

/** A step for a set, on behalf of one saga. The answers come in the order of the members. */
export interface StepInput<C extends Command, Given = object> {
  readonly sagaId: string;
  readonly members: readonly StepMember<C, Given>[];
}

/** An undo for a set: why, and what of the other undos is done and what is left. */
export interface UndoInput<C extends Command> {
  /** The saga that undoes what it did; left out where somebody else does it. */
  readonly sagaId?: string;
  readonly members: readonly {
    readonly command: C;
    readonly reason: RefusalReason;
    readonly undone: readonly string[];
    readonly remaining: readonly string[];
    /** What is left that only goes on once somebody has looked, and why; null: nothing of the kind. */
    readonly stop?: Attention | null;
  }[];
}

/** What is known of an order once its stock has been committed. */
export type OrderGiven = Partial<ReservationGiven> & SurplusGiven;

/** What undoing an order takes to know. */
export type OrderToUndo = Pick<
  CreateOrder,
  'commandId' | 'caller' | 'correlation' | 'traceparent' | 'customerId' | 'lines'
>;

export type Answer<Given extends object = object> = StepAnswer<Given> | OwnedElsewhere;
