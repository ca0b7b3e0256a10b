export const FAULT_MODES = [
  'ok',
  'slow',
  'refuse',
  'timeout-after-done',
  'duplicate',
  'terse',
  'down',
] as const;
export const CALLS = ['book', 'look-up', 'cancel', 'reduce'] as const;

export type Call = (typeof CALLS)[number];

/** What the next calls to a party meet. */
export interface Fault {
  readonly mode: (typeof FAULT_MODES)[number];
  /** How many calls meet it; left out: all until it is changed. */
  readonly times?: number;
  /** The only kind of call that meets it; left out: every kind. */
  readonly call?: Call;
  /** How long a slow answer takes. */
  readonly delayMs?: number;
  /** What a refusal says. */
  readonly reason?: string;
}

const OK: Fault = { mode: 'ok' };

/** The faults that were asked for, by party. */
export class Faults {
  readonly #faults = new Map<string, Fault>();

  set(party: string, fault: Fault): void {
    this.#faults.set(party, fault);
  }

  /** What this call meets; it counts. */
  next(party: string, call: Call): Fault {
    const fault = this.#faults.get(party);
    if (!fault || !concerns(fault, call)) return OK;
    if (fault.times !== undefined) {
      if (fault.times <= 1) this.#faults.delete(party);
      else this.#faults.set(party, { ...fault, times: fault.times - 1 });
    }
    return fault;
  }

  all(): Readonly<Record<string, Fault>> {
    return Object.fromEntries(this.#faults);
  }
}

/**
 * Only a booking can be done twice, and only that be refused, or that there be less of it where the fault says so:
 * whatever else is asked meanwhile does not use such a fault up.
 */
function concerns({ mode, call }: Fault, asked: Call): boolean {
  if (mode === 'duplicate') return asked === 'book';
  if (mode === 'refuse') return asked === (call === 'reduce' ? 'reduce' : 'book');
  return call === undefined || call === asked;
}
