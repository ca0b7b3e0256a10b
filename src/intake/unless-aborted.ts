/**
 * Waits for work until the signal aborts.
 * @returns undefined when the signal aborts first; the work itself goes on
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  let stop = (): void => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    // A watch passes the same signal for months: each call must remove its listener.
    signal.removeEventListener('abort', stop);
  }
}
