import type { ReservationOutcome, ReserveInventory } from '../contracts/commands';
import type { StandingReservation } from '../stores/inventory-reads';
import type { batchedReservations } from './batched-reads';
import { type KeyedIntake, keyReused, outcomeOf } from './idempotency';
import { unavailable } from './problem';
import { refusedReservation } from './refused-problem';

export interface TakenReservation {
  readonly reservation: StandingReservation;
  /** The same command had been sent before. */
  readonly isReplay: boolean;
}

/** Takes reservations: each key once, for one body. */
export class ReservationTaking {
  constructor(
    private readonly intake: KeyedIntake<ReserveInventory, ReservationOutcome>,
    private readonly reads: ReturnType<typeof batchedReservations>,
  ) {}

  /**
   * Reserves, unless the key has done so before, and gives the reservation as it stands.
   * @throws Problem refused, idempotency-key-reused or unavailable
   */
  async take(command: ReserveInventory): Promise<TakenReservation> {
    const { caller, idempotencyKey, fingerprint, commandId } = command;
    const claim = await this.reads.claim({ caller, key: idempotencyKey });
    if (claim && claim.fingerprint !== fingerprint) throw keyReused();
    const known = claim && (await this.reads.reservation(commandId));
    if (known) return { reservation: known, isReplay: true };
    // A key that was claimed and got no reservation was refused: asked again, its saga gives the answer it stored.
    const isReplay = claim !== undefined || this.intake.isUnderWay(commandId);
    const outcome = await outcomeOf(this.intake.submit(command));
    if (outcome.kind === 'refused') throw refusedReservation(outcome);
    const reservation = await this.reads.reservation(commandId);
    if (!reservation)
      throw unavailable('the reservation cannot be read yet: send it again with the same key');
    return { reservation, isReplay };
  }
}
