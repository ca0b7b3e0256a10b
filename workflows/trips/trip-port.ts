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

/** A party that is asked, and for what. */
export type TripRequest = Pick<Wish, 'party' | 'what'>;

/**
 * What the saga of a trip does to the world. It runs on Temporal through one implementation of it, and in tests on the
 * bare steps through another.
 */
export interface TripPort {
  /** Says how far the trip is. */
  resume(): Promise<TripProgress>;
  ask(request: TripRequest): Promise<PartyReply>;
  /** Notes a party's reply; says what follows from it. */
  noteReply(party: Party, reply: PartyReply): Promise<TripProgress>;
  decideAgainst(): Promise<DecidedTrip>;
  /** Has a party cancel what the trip has no use for. @throws where it has not confirmed that in time */
  cancel(undo: BookingUndo): Promise<void>;
  noteCancelled(party: Party): Promise<TripProgress>;
  /** The fault in an error that a step threw; undefined: the error is none of the trip's. */
  faultOf(error: unknown): StepFault | undefined;
  /** Puts the trip before an operator; false: another workflow has it, or another run has decided it. */
  requireAttention(attention: Attention, isDecided: boolean): Promise<boolean>;
  /** Told as soon as the trip is decided. */
  decided(trip: DecidedTrip): void;
  /** Shows people how the trip stands. */
  show(trip: TripProgress): void;
}
