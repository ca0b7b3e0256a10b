import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../intake/unless-aborted';
import type { Leases } from '../stores/postgres/leases';

/** A periodic check that one process at a time runs. */
export interface Watch {
  readonly name: string;
  readonly everyMs: number;
  /** Processes the due rows. @throws when it cannot; the next run retries */
  look(): Promise<void>;
}

export interface WatchOptions {
  readonly leases: Leases;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly onError: (watch: string, error: unknown) => void;
}

/** Another process takes over the watch of a dead owner after this time. */
const LEASE_SECONDS = 5;

/** Runs a watch until the signal aborts. Only the process that holds the lease processes due rows. */
export async function keepWatch(
  watch: Watch,
  { leases, owner, signal, onError }: WatchOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      // A run may wait for an absent worker, so a stop abandons it. This is safe: its requests are idempotent, and
      // unfinished rows stay due.
      if (await leases.take(watch.name, owner, LEASE_SECONDS)) await unlessAborted(watch.look(), signal);
    } catch (error) {
      onError(watch.name, error);
    }
    await sleep(watch.everyMs, undefined, { signal }).catch(() => undefined);
  }
  await leases.giveUp(watch.name, owner).catch((error: unknown) => onError(watch.name, error));
}
