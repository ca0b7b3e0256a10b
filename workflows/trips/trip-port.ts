import type { Attention } from '../../src/domain/command/recorded-command';
import type {
  BookingUndo,
  DecidedTrip,
  Party,
  PartyReply,
  TripProgress,
  Wish,
} from '../../src/domain/trip/trip';
import type { StepFault } from '../engine/saga-port';

/** A request to a party. */
export type TripRequest = Pick<Wish, 'party' | 'what'>;

/**
 * The effects of a trip's saga. One implementation runs it on Temporal; tests use another one that calls the steps
 * directly.
 */
export interface TripPort {
  /** Returns the progress of the trip. */
  resume(): Promise<TripProgress>;
  ask(request: TripRequest): Promise<PartyReply>;
  /** Notes a party's reply. @returns the progress that follows from it */
  noteReply(party: Party, reply: PartyReply): Promise<TripProgress>;
  decideAgainst(): Promise<DecidedTrip>;
  /** Cancels a booking that the trip does not need. @throws when the party has not confirmed in time */
  cancel(undo: BookingUndo): Promise<void>;
  noteCancelled(party: Party): Promise<TripProgress>;
  /** Returns the fault in an error that a step threw; undefined when the error is no fault of a step. */
  faultOf(error: unknown): StepFault | undefined;
  /**
   * Marks the trip as needing an operator's attention.
   * @returns false when another workflow owns the trip or another run has decided it
   */
  requireAttention(attention: Attention, isDecided: boolean): Promise<boolean>;
  /** Publishes the decision, before anything is cancelled. */
  decided(trip: DecidedTrip): void;
  /** Shows the progress of the trip in the Web UI. */
  show(trip: TripProgress): void;
}
