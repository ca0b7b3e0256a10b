import type { DrillRandom } from '../drill-random';
import { command, shown, type Traffic, until } from './callers';
import type { AcceptedChange, ChangeKind, PlacedOrder } from './journal';
import { keyFrom } from './orders';

/** Refusals that a raced command may meet. */
const LOST_RACES =
  /^(CONFLICT|ALREADY_FINAL|ALREADY_REPORTED|SHIPMENT_OVER|SHIPPED_MEANWHILE|NOT_ACCEPTED|BELOW_SHIPPED|VERSION_MISMATCH|UNKNOWN_LINE|LINE_MISMATCH|UNKNOWN_SHIPMENT)$/;

export interface SentCommand {
  readonly path: string;
  readonly body?: object;
  /** True when another command is sent at the same time, so that this one may lose. */
  readonly isRaced: boolean;
}

/** Sends commands on one order and waits for their outcomes. */
export class OrderCommands {
  constructor(
    private readonly traffic: Traffic,
    private readonly random: DrillRandom,
    private readonly placed: PlacedOrder,
  ) {}

  get path(): string {
    return `/v1/orders/${this.placed.id}`;
  }

  /** Sends a command. Returns undefined when it is refused. A refusal that no race explains is a finding. */
  async send(kind: ChangeKind, { path, body, isRaced }: SentCommand): Promise<AcceptedChange | undefined> {
    const { journal } = this.traffic;
    const key = keyFrom(this.random);
    const answer = await command(this.traffic, this.random, {
      method: 'POST',
      path,
      key,
      ...(body && { body }),
    });
    journal.count(`${kind} ${answer.status}`);
    if (answer.status < 300) {
      const orderId = this.placed.id ?? '';
      const change: AcceptedChange = { kind, orderId, path, key, body, acceptedAt: answer.answeredAt };
      journal.changes.push(change);
      return change;
    }
    if (!isRaced || !LOST_RACES.test(String(answer.body.reason)))
      this.complain('rejections', `${kind} (${key}, attempt ${answer.attempts}) ${shown(answer)}`);
    return undefined;
  }

  /** Reads until a command shows its effect or has lost its race, and notes the time. */
  async untilOver<T>(
    change: AcceptedChange,
    isRaced: boolean,
    path: string,
    hasEffect: (body: T) => boolean,
  ): Promise<T> {
    const body = await until<T>(
      this.traffic,
      path,
      async (seen) => hasEffect(seen) || (isRaced && (await this.#hasLost(change))),
    );
    change.finalAt = Date.now();
    return body;
  }

  complain(rule: string, sentence: string): void {
    this.traffic.findings.add(rule, `order ${this.placed.id} (${this.placed.plan.intention}) ${sentence}`);
  }

  /** Returns true when a command lost after it was accepted: a repeat under its key says so. */
  async #hasLost({ path, key, body }: AcceptedChange): Promise<boolean> {
    const { status } = await this.traffic.api.ask({ method: 'POST', path, key, ...(body && { body }) });
    return status === 409;
  }
}
