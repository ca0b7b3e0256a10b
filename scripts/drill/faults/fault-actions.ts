import { setTimeout as sleep } from 'node:timers/promises';
import { type Backend, type DrillServers, ROLES, type RoleName } from '../processes/drill-servers';
import { setUpParties } from '../traffic/shop';
import { isOfLink, type PlannedFault } from './fault-plan';

/** The two halves of a fault. */
export interface FaultAction {
  begin(): Promise<void> | void;
  /** Repairs the damage. Starts a killed process, without waiting until it is ready. */
  end(): Promise<void> | void;
}

/** The time after which an operator registers the search attributes of a wiped Temporal. */
const OPERATOR_MS = 1_500;
const BACK_UP_MS = 1_000;

export function actionOf(fault: PlannedFault, servers: DrillServers): FaultAction {
  const { postgres, temporal } = servers;
  switch (fault.kind) {
    case 'kill postgres':
      return {
        begin: () => postgres.kill(),
        end: () => postgres.startWithCrash(fault.delayMs),
      };
    case 'restart postgres':
      return { begin: () => postgres.stop(), end: () => postgres.start() };
    case 'restart postgres in recovery':
      return inRecovery(servers);
    case 'pause postgres':
      return { begin: () => postgres.pause(), end: () => postgres.resume() };
    case 'change password':
      return { begin: () => postgres.changePassword(), end: () => postgres.restorePassword() };
    case 'kill temporal':
      return { begin: () => temporal.kill(), end: () => void temporal.spawn() };
    case 'restart temporal':
      return { begin: () => temporal.stop(), end: () => void temporal.spawn() };
    case 'wipe temporal':
      return wipeTemporal(servers);
    case 'pause temporal':
      return { begin: () => temporal.pause(), end: () => temporal.resume() };
    case 'kill simulator':
      return killSimulator(servers);
    default:
      return isOfLink(fault.kind) ? linkFault(fault, servers) : processFault(fault, servers);
  }
}

function processFault({ kind }: PlannedFault, servers: DrillServers): FaultAction {
  const [what, name = ''] = kind.split(' ');
  const process = servers.process(name as RoleName | 'simulator');
  return what === 'kill'
    ? { begin: () => process.kill(), end: () => process.start() }
    : { begin: () => process.pause(), end: () => process.resume() };
}

function linkFault({ kind, role, delayMs }: PlannedFault, servers: DrillServers): FaultAction {
  const [what, backend = ''] = kind.split(' ');
  const proxy = servers.proxy(role, backend as Backend);
  const begin = () => {
    if (what === 'slow') proxy.slow(delayMs);
    else if (what === 'half-open') proxy.halfOpen();
    else if (what === 'refuse') {
      proxy.refuse();
      proxy.cut();
    } else proxy.cut();
  };
  return { begin, end: () => proxy.restore() };
}

/** Kills PostgreSQL in its recovery while other processes recover the sagas of a killed server. */
function inRecovery({ postgres, processes }: DrillServers): FaultAction {
  const server = processes.get('server');
  return {
    async begin() {
      await server?.kill();
      server?.start();
      await sleep(BACK_UP_MS);
      await postgres.stop();
    },
    end: () => postgres.start(),
  };
}

/** Deletes Temporal's data, search attributes included; an operator registers these again. */
function wipeTemporal({ temporal }: DrillServers): FaultAction {
  return {
    async begin() {
      await temporal.kill();
      temporal.wipe();
      await temporal.start({ hasAttributes: false });
      await sleep(OPERATOR_MS);
    },
    end: () => temporal.addAttributes(),
  };
}

/** Kills the simulator, which forgets everything. Lets no call reach it before its behaviour is set again. */
function killSimulator(servers: DrillServers): FaultAction {
  const proxies = ROLES.map((role) => servers.proxy(role, 'simulator'));
  return {
    async begin() {
      for (const proxy of proxies) {
        proxy.refuse();
        proxy.cut();
      }
      await servers.process('simulator').kill();
    },
    async end() {
      servers.process('simulator').start();
      await servers.simulator.untilReady();
      await setUpParties(servers.simulator);
      for (const proxy of proxies) await proxy.restore();
    },
  };
}
