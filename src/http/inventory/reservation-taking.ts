import type { ReservationOutcome, ReserveInventory } from '../../contracts/commands';
import { type Intake, IntakeFull } from '../../intake/intake';
import type { StandingReservation } from '../../stores/inventory/inventory-reads';
import { refusedReservation } from '../commands/refused-problem';
import type { batchedReservations } from '../framework/batched-reads';
import { keyReused, replayHeaders, settlesWithin } from '../framework/idempotency';
import { tooManyWaiting, unavailable } from '../framework/problem';

/** The longest wait for an outcome. Then the caller is told to repeat under its key; the repeat finds the outcome. */
const LONGEST_WAIT_MS = 5_000;

export interface TakenReservation {
  readonly reservation: StandingReservation;
  /** True when the same command had been sent before. */
  readonly isReplay: boolean;
}

/** Takes reservations: each idempotency key once, for one body. */
export class ReservationTaking {
  constructor(
    private readonly intake: Intake<ReserveInventory, ReservationOutcome>,
    private readonly reads: ReturnType<typeof batchedReservations>,
  ) {}

  /**
   * Reserves, unless the key has already done so, and returns the reservation in its present state.
   * @throws Problem refused, idempotency-key-reused or unavailable
   */
  async take(command: ReserveInventory): Promise<TakenReservation> {
    const { caller, idempotencyKey, fingerprint, commandId } = command;
    const claim = await this.reads.claim({ caller, key: idempotencyKey });
    if (claim && claim.fingerprint !== fingerprint) throw keyReused();
    const known = claim && (await this.reads.reservation(commandId));
    if (known) return { reservation: known, isReplay: true };
    // A claimed key without a reservation was refused: its saga repeats the stored answer.
    const outcome = await this.#outcome(command);
    if (outcome.kind === 'refused') throw refusedReservation(outcome, replayHeaders(claim !== undefined));
    const reservation = await this.reads.reservation(commandId);
    if (!reservation)
      throw unavailable('the reservation cannot be read yet: repeat the request with the same key');
    return { reservation, isReplay: claim !== undefined };
  }

  async #outcome(command: ReserveInventory): Promise<ReservationOutcome> {
    const outcome = this.#submit(command);
    if (!(await settlesWithin(outcome, LONGEST_WAIT_MS)))
      throw unavailable('the reservation takes longer than usual: repeat the request with the same key');
    return outcome.catch((error: unknown) => {
      throw unavailable('the reservation has no outcome yet: repeat the request with the same key', error);
    });
  }

  #submit(command: ReserveInventory): Promise<ReservationOutcome> {
    try {
      return this.intake.submit(command);
    } catch (error) {
      if (error instanceof IntakeFull) throw tooManyWaiting(error);
      throw error;
    }
  }
}
