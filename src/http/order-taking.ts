import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateOrder, OrderOutcome } from '../contracts/commands';
import type { Order } from '../domain/order/order';
import type { Intake } from '../intake/intake';
import type { BatchedReads } from './batched-reads';
import { acceptanceOf, KeyedIntake, keyReused, settlesWithin } from './idempotency';

const POLLING_MS = 50;

/** An order that was taken. */
export interface TakenOrder {
  /** The same command had been sent before. */
  readonly isReplay: boolean;
  /** As it stands; undefined where nobody has recorded it yet or nobody wanted to wait. */
  readonly order: Order | undefined;
}

/** Takes orders: each key once, for one body. */
export class OrderTaking {
  readonly #intake: KeyedIntake<CreateOrder, OrderOutcome>;

  constructor(
    intake: Intake<CreateOrder, OrderOutcome>,
    private readonly reads: BatchedReads,
  ) {
    this.#intake = new KeyedIntake(intake);
  }

  /**
   * Hands a command to the intake, unless its key has been claimed before, and waits for the order to be decided.
   * @throws Problem idempotency-key-reused or unavailable
   */
  async take(command: CreateOrder, waitMs: number): Promise<TakenOrder> {
    const deadline = performance.now() + waitMs;
    const claim = await this.reads.claim(command.caller, command.idempotencyKey);
    if (claim) {
      if (claim.fingerprint !== command.fingerprint) throw keyReused();
      return { isReplay: true, order: await this.#decided(command.commandId, deadline) };
    }
    const isReplay = this.#intake.isUnderWay(command.commandId);
    const ticket = this.#intake.submit(command);
    await acceptanceOf(ticket);
    if (waitMs === 0) return { isReplay, order: undefined };
    await settlesWithin(ticket.outcome, deadline - performance.now());
    return { isReplay, order: await this.#decided(command.commandId, deadline) };
  }

  /** The order once it is no longer pending, or as it is when the time is up: another process may have its saga. */
  async #decided(id: string, deadline: number): Promise<Order | undefined> {
    for (;;) {
      const order = await this.reads.order(id);
      const left = deadline - performance.now();
      if ((order && order.status !== 'PENDING') || left <= 0) return order;
      await sleep(Math.min(POLLING_MS, left));
    }
  }
}
