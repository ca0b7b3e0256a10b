import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { Intake } from '../intake/intake';
import { acceptanceOf, type KeyedCommand, KeyedIntake, keyReused, settlesWithin } from './idempotency';
import type { Reply } from './operation';
import { Problem } from './problem';

const POLLING_MS = 50;

/** What a command makes, as the API shows it: PENDING until it is decided. */
interface Made {
  readonly status: string;
}

/** How it is found again, once its first step has recorded it or nobody ever could. */
export interface MadeReads<M extends Made> {
  claim(caller: string, key: string): Promise<{ readonly fingerprint: string } | undefined>;
  found(id: string): Promise<M | undefined>;
}

/** A command that was taken. */
export interface Taken<M extends Made> {
  /** The same command had been sent before. */
  readonly isReplay: boolean;
  /** What it made, as it stands; undefined where nobody has recorded it yet or nobody wanted to wait. */
  readonly made: M | undefined;
}

/** Takes commands that make something: each key once, for one body. */
export class CommandTaking<C extends KeyedCommand, Outcome, M extends Made> {
  readonly #intake: KeyedIntake<C, Outcome>;

  constructor(
    intake: Intake<C, Outcome>,
    private readonly reads: MadeReads<M>,
  ) {
    this.#intake = new KeyedIntake(intake);
  }

  /**
   * Hands a command to the intake, unless its key has been claimed before, and waits for it to be decided.
   * @throws Problem idempotency-key-reused or unavailable
   */
  async take(command: C, waitMs: number): Promise<Taken<M>> {
    const deadline = performance.now() + waitMs;
    const claim = await this.reads.claim(command.caller, command.idempotencyKey);
    if (claim) {
      if (claim.fingerprint !== command.fingerprint) throw keyReused();
      return { isReplay: true, made: await this.#decided(command.commandId, deadline) };
    }
    const isReplay = this.#intake.isUnderWay(command.commandId);
    const ticket = this.#intake.submit(command);
    await acceptanceOf(ticket);
    if (waitMs === 0) return { isReplay, made: undefined };
    await settlesWithin(ticket.outcome, deadline - performance.now());
    return { isReplay, made: await this.#decided(command.commandId, deadline) };
  }

  /** What was made once it is no longer pending, or as it is when the time is up: another process may have its saga. */
  async #decided(id: string, deadline: number): Promise<M | undefined> {
    for (;;) {
      const made = await this.reads.found(id);
      const left = deadline - performance.now();
      if ((made && made.status !== 'PENDING') || left <= 0) return made;
      await sleep(Math.min(POLLING_MS, left));
    }
  }
}

/** The answer to a command that was taken: what it made where it is decided and was waited for, and else where it is. */
export function takenReply<M extends Made>(
  { isReplay, made }: Taken<M>,
  { id, path, waitSeconds }: { readonly id: string; readonly path: string; readonly waitSeconds: number },
): Reply {
  const headers = {
    ...(isReplay ? { 'Idempotent-Replayed': 'true' } : {}),
    ...(waitSeconds > 0 ? { 'Preference-Applied': `wait=${waitSeconds}` } : {}),
  };
  const status = made?.status ?? 'PENDING';
  if (made && status !== 'PENDING' && waitSeconds > 0) return { status: 200, headers, json: made };
  return { status: 202, headers: { ...headers, Location: path }, json: { id, status } };
}

/** For the documentation of what takes commands. */
export const REPLAYED = { 'Idempotent-Replayed': '`true` where the same command had been sent before' };

/** For the documentation of what makes something: its answers, and the shapes of what was made and of what was taken. */
export function takingAnswers(
  what: string,
  schemas: { readonly made: z.ZodType; readonly taken: z.ZodType },
) {
  return {
    200: {
      description: `the ${what}, decided (with \`Prefer: wait\`)`,
      schema: schemas.made,
      headers: { ...REPLAYED, 'Preference-Applied': '`wait=N`' },
    },
    202: {
      description: 'taken',
      schema: schemas.taken,
      headers: { ...REPLAYED, Location: `of the ${what}` },
    },
  };
}

/** What was asked for is not there, or its first step has not recorded it yet: it is worth asking again. */
export function notRecordedYet(what: string): Problem {
  const detail = `${what} does not exist, or is not recorded yet`;
  return new Problem('not-found', { detail, headers: { 'Retry-After': '1' } });
}
