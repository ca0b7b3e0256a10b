import { LinkedAbort } from './linked-abort';
import type { Runner } from './runner';

/** The lease is renewed this often. It lasts three times as long. */
const RENEW_EVERY_MS = 1_000;

/**
 * Runs work of a reaction and renews its lease meanwhile. The signal of the work aborts when the process stops, or when
 * another process has taken over.
 */
export async function whileOwned<T>(
  { store, owner, signal }: Runner,
  name: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ending = new LinkedAbort(signal);
  const renew = async () => {
    if (!(await store.renew(name, owner))) ending.abort(new Error(`another process has taken over ${name}`));
  };
  // A renewal that fails is tried again. If the lease ends meanwhile, the checkpoint does not move.
  const renewing = setInterval(() => void renew().catch(() => undefined), RENEW_EVERY_MS);
  try {
    return await work(ending.signal);
  } finally {
    ending.release();
    clearInterval(renewing);
  }
}
