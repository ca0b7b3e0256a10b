/** Signals within this time count as one: Ctrl-C reaches npm, tsx and this process, and some of them forward it. */
const SAME_PRESS_MS = 1_000;

/**
 * Turns the first stop signal into an orderly stop and a second one into a hard end.
 * @param onHardEnd called at the second stop signal; it must end the process
 * @returns a signal that aborts at the first stop signal
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
  // The terminal may close during the stop: a failed print must not end this process.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return controller.signal;
}
