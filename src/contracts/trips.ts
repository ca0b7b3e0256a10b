import type { Undone } from '../domain/trip/decide-trip';
import type { BookingUndo, Party, PartyWord, TripReason, Wish } from '../domain/trip/trip';
import type { Command } from './commands';

/** `commandId` is the trip's id: a hash of caller, idempotency key and fingerprint. */
export interface BookTrip extends Command {
  readonly idempotencyKey: string;
  readonly fingerprint: string;
  readonly traveller: string;
  /** In the order in which the parties are asked. */
  readonly wishes: readonly Wish[];
}

/** Takes back what a trip has no use for, where its own saga does not; `commandId` is the trip's id. */
export interface FinishTrip extends Command {
  /** Of a trip that was not decided yet. */
  readonly reason: TripReason;
  /** The operator who has what is left run again. */
  readonly retriedBy?: string;
}

/** How a trip ended. */
export type TripOutcome =
  | { readonly kind: 'booked'; readonly tripId: string }
  | { readonly kind: 'rejected'; readonly tripId: string; readonly reason: TripReason };

/** What a party is asked for on behalf of a trip. */
export interface TripAsking extends Pick<Wish, 'party' | 'what'> {
  readonly tripId: string;
}

/** A booking of a trip that a party has to take back. */
export interface TripUndo extends BookingUndo {
  readonly tripId: string;
}

export interface RecordTripInput {
  readonly sagaId: string;
  readonly command: BookTrip;
}

export interface TripAnswerInput {
  readonly command: BookTrip;
  readonly party: Party;
  readonly word: PartyWord;
}

export interface SealTripInput {
  readonly command: BookTrip | FinishTrip;
  readonly reason: TripReason;
  /** The trip's own saga: the only one that knows enough to record a trip that never was. */
  readonly sagaId?: string;
}

export interface SettleTripInput {
  readonly command: BookTrip | FinishTrip;
  readonly undone: Undone;
}
