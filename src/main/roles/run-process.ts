import { TemporalUnreachable } from '../../temporal/temporal-connection';
import { readRoleSettings } from '../settings';
import { SettingsError } from '../variable-reading';
import { openLogger } from './logger';
import { closeContext, openContext, type ProcessContext, type Role } from './process-context';
import { installSdk } from './sdk';
import { openTracing } from './tracing';

/**
 * Starts the roles of a process in order. Calls `started` for each role as soon as it runs. `onBroken` ends the process
 * when a role fails permanently.
 */
export type StartRoles = (
  context: ProcessContext,
  started: (role: Role) => void,
  onBroken: (error: unknown) => void,
) => Promise<void>;

/**
 * Runs a process until it gets a stop signal or a role fails. Then stops the started roles one after another, the last
 * started first, and closes the stores and Temporal at the end.
 */
export function runProcess(name: string, hasWorker: boolean, startRoles: StartRoles): void {
  runUntilStopped(name, hasWorker, startRoles).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const isPlain = error instanceof SettingsError || error instanceof TemporalUnreachable;
      console.error(isPlain ? error.message : error);
      process.exit(1);
    },
  );
}

async function runUntilStopped(name: string, hasWorker: boolean, startRoles: StartRoles): Promise<number> {
  const settings = readRoleSettings();
  const logger = openLogger(settings.logLevel);
  const stopped = untilAskedToStop();
  await installSdk(settings, logger);
  const context = await openContext(settings, hasWorker, logger);
  const stopTracing = await openTracing(name, context);
  let exitCode = 0;
  const roles: Role[] = [];
  let starting: Promise<void> = Promise.resolve();
  const broken = new Promise<void>((resolve) => {
    const fail = (error: unknown) => {
      logger.fatal({ err: error }, `${name} failed`);
      exitCode = 1;
      resolve();
    };
    starting = startRoles(context, (role) => roles.unshift(role), fail);
    starting.then(() => logger.info({ roles: roles.map((role) => role.name) }, `${name} is up`), fail);
  });
  await Promise.race([stopped, broken]);
  // A stop may come during the start: wait for the start, so that every started role can be stopped in order.
  await starting.catch(() => undefined);
  for (const role of roles) {
    logger.info(`stopping the ${role.name}`);
    await role.stop();
  }
  await closeContext(context);
  await stopTracing();
  return exitCode;
}

function untilAskedToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}
