import { startProbes } from './roles/probe-role';
import { startRelay } from './roles/relay-role';
import { runProcess } from './roles/run-process';

/** Runs the relay alone. Several may run: one at a time works, and another one takes over when it dies. */
runProcess('relay', false, async (context, started) => {
  started(startRelay(context));
  started(await startProbes(context, context.settings.relayPort));
});
