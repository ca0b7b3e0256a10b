import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findFreePorts } from '../../tools/processes/ports';

export interface ShownBooking {
  readonly state: 'BOOKED' | 'REFUSED' | 'CANCELLED';
  readonly references: readonly string[];
  readonly lines?: readonly { readonly sku: string; readonly quantity: number }[];
}

/** The simulator of third parties, as a process on a free port. */
export interface SimulatorProcess {
  readonly url: string;
  /** The address of the partners. */
  readonly partnersUrl: string;
  /** Sets the fault of the next calls to a party. */
  fault(party: string, fault: object): Promise<void>;
  /** Sets the credentials that a party asks of its callers; `{}`: none. */
  askForCredentials(party: string, credentials: object): Promise<void>;
  /** Returns all bookings of a party, by key. */
  bookings(party: string): Promise<Readonly<Record<string, ShownBooking>>>;
  stop(): Promise<void>;
}

const SCRIPT = path.resolve(__dirname, '..', '..', 'tools', 'local', 'simulator.ts');

export async function startSimulator(): Promise<SimulatorProcess> {
  const [port = 0] = await findFreePorts(1);
  const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT], {
    env: { ...process.env, HOLDFAST_SIMULATOR_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  await Promise.race([
    once(child.stdout, 'data'),
    exit.then(() => Promise.reject(new Error('the simulator has ended'))),
  ]);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    partnersUrl: `${url}/parties`,
    fault: (party, fault) => put(`${url}/faults/${party}`, fault),
    askForCredentials: (party, credentials) => put(`${url}/credentials/${party}`, credentials),
    async bookings(party) {
      const response = await fetch(`${url}/parties/${party}/bookings`);
      return (await response.json()) as Readonly<Record<string, ShownBooking>>;
    },
    async stop() {
      child.kill('SIGTERM');
      await exit;
    },
  };
}

async function put(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the simulator says ${response.status}: ${await response.text()}`);
}
