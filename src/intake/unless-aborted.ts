/** Waits for work, but no longer than until the signal aborts; undefined: the work was left alone. */
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
    // What looks again and again does so for months: no look may leave a listener behind.
    signal.removeEventListener('abort', stop);
  }
}
