import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../intake/unless-aborted';
import type { Leases } from '../stores/postgres/leases';

/** Something to be looked at again and again by one process at a time. */
export interface Watch {
  readonly name: string;
  readonly everyMs: number;
  /** Does what is due; throws where it cannot, and is tried again at the next look. */
  look(): Promise<void>;
}

export interface WatchOptions {
  readonly leases: Leases;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onError: (watch: string, error: unknown) => void;
}

/** A dead owner's watch is taken over after this long. */
const LEASE_SECONDS = 5;

/** Keeps a watch until the signal aborts; whichever process holds the lease does the looking. */
export async function keepWatch(
  watch: Watch,
  { leases, owner, signal, onError }: WatchOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      // A look may wait for a worker that is not there. It is left alone when it is time to stop: what it asks for has
      // one effect however often it is asked, and is due again at the next look.
      if (await leases.take(watch.name, owner, LEASE_SECONDS)) await unlessAborted(watch.look(), signal);
    } catch (error) {
      onError(watch.name, error);
    }
    await sleep(watch.everyMs, undefined, { signal }).catch(() => undefined);
  }
  await leases.giveUp(watch.name, owner).catch((error: unknown) => onError(watch.name, error));
}
