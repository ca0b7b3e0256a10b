/** Ctrl-C goes to npm, tsx and us alike, and some of them pass it on: within this time it is the same key press. */
const SAME_PRESS_MS = 1_000;

/**
 * Turns the signals that mean "stop" into an orderly stop, and a second one into a hard end.
 * @param onHardEnd called when somebody insists; it must end the process
 * @returns a signal that aborts when the stop is asked for
 */
export function listenForStop(onHardEnd: () => void): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const handle = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      firstAt = Date.now();
      controller.abort(new Error(`stopped by ${name}`));
    } else if (Date.now() - firstAt > SAME_PRESS_MS) {
      onHardEnd();
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, handle);
  // The terminal may be gone while we still stop things: what cannot be printed must not end us.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return controller.signal;
}
