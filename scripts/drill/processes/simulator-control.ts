import { setTimeout as sleep } from 'node:timers/promises';

export interface SimulatedBooking {
  readonly state: 'BOOKED' | 'REFUSED' | 'CANCELLED';
  readonly references: readonly string[];
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
}

const PAUSE_MS = 50;
const READY_MS = 20_000;

/** The simulator of third parties, reached past the proxies. */
export class SimulatorControl {
  constructor(private readonly url: string) {}

  async untilReady(): Promise<void> {
    for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(PAUSE_MS)) {
      const isReady = await fetch(`${this.url}/livez`, { signal: AbortSignal.timeout(1_000) }).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
    }
    throw new Error(`the simulator does not start at ${this.url}`);
  }

  /** Sets the fault of the next calls to a party. */
  async fault(party: string, fault: object): Promise<void> {
    const response = await fetch(`${this.url}/faults/${party}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!response.ok) throw new Error(`the simulator answers ${response.status} to the fault of ${party}`);
  }

  /** Returns all bookings of a party, by key. */
  async bookings(party: string): Promise<Readonly<Record<string, SimulatedBooking>>> {
    const response = await fetch(`${this.url}/parties/${party}/bookings`);
    return (await response.json()) as Readonly<Record<string, SimulatedBooking>>;
  }
}
