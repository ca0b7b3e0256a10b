export const FAULT_MODES = [
  'ok',
  'slow',
  'refuse',
  'timeout-after-done',
  'duplicate',
  'terse',
  'down',
  'deny',
] as const;
export const CALLS = ['book', 'look-up', 'cancel', 'reduce'] as const;

export type Call = (typeof CALLS)[number];

/** The fault that the next calls to a party meet. */
export interface Fault {
  readonly mode: (typeof FAULT_MODES)[number];
  /** The number of calls that meet it; if absent, all calls until the fault is replaced. */
  readonly times?: number;
  /** The kind of call that meets it; if absent, every kind. */
  readonly call?: Call;
  /** The delay of a slow answer, in ms. */
  readonly delayMs?: number;
  /** The reason that a refusal gives. */
  readonly reason?: string;
}

const OK: Fault = { mode: 'ok' };

/** The configured faults by party. */
export class Faults {
  readonly #faults = new Map<string, Fault>();

  set(party: string, fault: Fault): void {
    this.#faults.set(party, fault);
  }

  /** Returns the fault that this call meets, and counts the call. */
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
 * Returns true when a call meets a fault. `duplicate` applies only to bookings. `refuse` applies to bookings, or to
 * reductions when the fault says so. Other calls do not use such a fault up.
 */
function concerns({ mode, call }: Fault, asked: Call): boolean {
  if (mode === 'duplicate') return asked === 'book';
  if (mode === 'refuse') return asked === (call === 'reduce' ? 'reduce' : 'book');
  return call === undefined || call === asked;
}
