import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../../src/main/project-root';
import { lastLines, spawnDetached } from '../../../tools/processes/detached-process';
import { findFreePorts } from '../../../tools/processes/ports';
import { findTemporalBinary } from '../../../tools/temporal/temporal-binary';
import { DrillPostgres } from './drill-postgres';
import { DrillTemporal } from './drill-temporal';
import { DrilledProcess } from './drilled-process';
import { FaultProxy } from './fault-proxy';
import { SimulatorControl } from './simulator-control';

/** `server` is API, worker and relay in one process; the others run apart, as on another machine. */
export const ROLES = ['server', 'api', 'worker', 'relay'] as const;
export type RoleName = (typeof ROLES)[number];

/** The services that processes reach through proxies. */
export const BACKENDS = ['postgres', 'temporal', 'simulator'] as const;
export type Backend = (typeof BACKENDS)[number];

const ADMIN_KEY = 'hf_drill';
const READY_MS = 60_000;
const MOST_PORTS = 30;

/** Every process of a drill, and a fault proxy for each connection of each process. */
export class DrillServers {
  readonly adminKey = ADMIN_KEY;
  readonly processes = new Map<RoleName | 'simulator', DrilledProcess>();
  readonly #proxies = new Map<string, FaultProxy>();

  readonly simulator: SimulatorControl;
  readonly postgres: DrillPostgres;
  readonly temporal: DrillTemporal;

  private constructor(
    /** Holds all data and the logs of all processes. */
    readonly folder: string,
    private readonly ports: readonly number[],
    private readonly simulatorPort: number,
    [postgresPort, temporalPort]: readonly [number, number],
  ) {
    this.postgres = new DrillPostgres(folder, postgresPort);
    this.temporal = new DrillTemporal(folder, temporalPort);
    this.simulator = new SimulatorControl(`http://127.0.0.1:${simulatorPort}`);
  }

  /** Finds a folder and ports. Nothing runs yet. */
  static async prepare(): Promise<DrillServers> {
    const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-drill-'));
    const [postgresPort = 0, temporalPort = 0, simulatorPort = 0, ...ports] = await findFreePorts(MOST_PORTS);
    return new DrillServers(folder, ports, simulatorPort, [postgresPort, temporalPort]);
  }

  /**
   * Starts everything. @throws Error naming the part that does not start; the caller stops the started parts by `stop`
   */
  async start(report: (line: string) => void, signal: AbortSignal): Promise<void> {
    this.temporal.binary = await findTemporalBinary({ report, signal });
    await Promise.all([this.postgres.start(), this.temporal.start()]);
    await this.postgres.addDrillRole();
    signal.throwIfAborted();
    await this.#migrate();
    await this.#openProxies();
    this.#spawn('simulator', { HOLDFAST_SIMULATOR_PORT: String(this.simulatorPort) });
    for (const role of ROLES) this.#spawn(role, this.#environmentOf(role));
    await this.simulator.untilReady();
    for (const url of [...this.apiUrls, this.#probeUrl('worker'), this.#probeUrl('relay')]) {
      signal.throwIfAborted();
      await untilReady(url);
    }
  }

  get apiUrls(): readonly string[] {
    return (['server', 'api'] as const).map((role) => `http://127.0.0.1:${this.#port(role)}`);
  }

  proxy(process: RoleName, backend: Backend): FaultProxy {
    const proxy = this.#proxies.get(`${process}/${backend}`);
    if (!proxy) throw new Error(`${process} has no proxy to ${backend}`);
    return proxy;
  }

  process(name: RoleName | 'simulator'): DrilledProcess {
    const process = this.processes.get(name);
    if (!process) throw new Error(`there is no process ${name}`);
    return process;
  }

  script(name: string): string {
    const folder = name === 'simulator' ? ['tools', 'local'] : ['src', 'main'];
    return path.resolve(__dirname, '..', '..', '..', ...folder, `${name}.js`);
  }

  /** The environment of a process that reaches PostgreSQL past the proxies and under the drill's role. */
  get directEnvironment(): NodeJS.ProcessEnv {
    return { ...cleanEnvironment(), DATABASE_URL: this.postgres.directUrl };
  }

  /** Ends everything in order, and removes the folder unless `keepFolder` is set. */
  async stop({ keepFolder }: { readonly keepFolder: boolean }): Promise<void> {
    for (const process of this.processes.values()) await process.kill();
    for (const proxy of this.#proxies.values()) proxy.close();
    await this.temporal.kill();
    this.postgres.resume();
    await this.postgres.stop();
    if (!keepFolder) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Kills everything at once, without waiting. */
  killNow(): void {
    for (const process of this.processes.values()) void process.kill();
    for (const proxy of this.#proxies.values()) proxy.close();
    this.temporal.killNow();
    this.postgres.resume();
    this.postgres.killNow();
  }

  async #migrate(): Promise<void> {
    const logFile = path.join(this.folder, 'migrate.log');
    const migration = spawnDetached({
      command: process.execPath,
      args: [this.script('migrate')],
      environment: { ...cleanEnvironment(), DATABASE_URL: this.postgres.urlThrough(this.postgres.port) },
      workingFolder: projectRoot(),
      logFile,
    });
    const how = await migration.ended;
    if (how !== 'exit code 0') throw new Error(`the migration failed (${how}): ${lastLines(logFile, 5)}`);
  }

  async #openProxies(): Promise<void> {
    const targets = {
      postgres: this.postgres.port,
      temporal: this.temporal.port,
      simulator: this.simulatorPort,
    };
    for (const role of ROLES) {
      for (const backend of BACKENDS) {
        const proxy = await FaultProxy.open(this.#port(`${role}/${backend}`), targets[backend]);
        this.#proxies.set(`${role}/${backend}`, proxy);
      }
    }
  }

  #environmentOf(role: RoleName): NodeJS.ProcessEnv {
    const through = (backend: Backend) => this.proxy(role, backend).port;
    return {
      DATABASE_URL: this.postgres.urlThrough(through('postgres')),
      TEMPORAL_ADDRESS: `127.0.0.1:${through('temporal')}`,
      HOLDFAST_PARTNERS_URL: `http://127.0.0.1:${through('simulator')}/parties`,
      HOLDFAST_ADMIN_KEY: ADMIN_KEY,
      HOLDFAST_LOG_LEVEL: 'warn',
      HOLDFAST_PORT: String(this.#port(role)),
      HOLDFAST_WORKER_PORT: String(this.#port('worker')),
      HOLDFAST_RELAY_PORT: String(this.#port('relay')),
    };
  }

  #spawn(name: RoleName | 'simulator', environment: NodeJS.ProcessEnv): void {
    const process = new DrilledProcess({
      name,
      script: this.script(name),
      environment: { ...cleanEnvironment(), ...environment },
      workingFolder: projectRoot(),
      logFile: path.join(this.folder, `${name}.log`),
    });
    this.processes.set(name, process);
  }

  #probeUrl(role: 'worker' | 'relay'): string {
    return `http://127.0.0.1:${this.#port(role)}`;
  }

  /** Returns the port of a process or of one of its proxies. */
  #port(name: RoleName | `${RoleName}/${Backend}`): number {
    const names = ROLES.flatMap((role) => [
      role,
      ...BACKENDS.map((backend) => `${role}/${backend}` as const),
    ]);
    return this.ports[names.indexOf(name)] ?? 0;
  }
}

/** Returns this process's environment without Holdfast's settings, as the drill makes its own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !/^(HOLDFAST_|TEMPORAL_)|DATABASE_URL$/.test(name)));
}

async function untilReady(url: string): Promise<void> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(50)) {
    const isReady = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
  }
  throw new Error(`nothing is ready at ${url}`);
}
