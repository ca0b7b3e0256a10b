import type { RunningHoldfast } from './running-holdfast';

/** Makes a third party of the simulator meet a fault. */
export async function fault({ simulatorUrl }: RunningHoldfast, party: string, mode: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const request = { method: 'PUT', headers, body: JSON.stringify(mode) };
  const { ok, status } = await fetch(`${simulatorUrl}/faults/${party}`, request);
  if (!ok) throw new Error(`the simulator says ${status}`);
}
