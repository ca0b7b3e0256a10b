import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../src/main/project-root';
import { startPostgresServer } from '../postgres/postgres-server';
import { lastLines, spawnDetached } from '../processes/detached-process';
import { RestartingProcess } from '../processes/restarting-process';
import type { RunLock } from '../processes/run-lock';
import { findTemporalBinary } from '../temporal/temporal-binary';
import { startTemporalServer } from '../temporal/temporal-server';
import { readOrMakeAdminKey } from './admin-key';
import { banner } from './banner';
import { loadDemoData } from './demo-data';
import type { LocalSettings } from './local-settings';

export interface LocalRunOptions {
  readonly settings: LocalSettings;
  readonly lock: RunLock;
  /** The script of the server process: API, worker and relay. */
  readonly serverScript: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const READY_MS = 120_000;
/** The server lets running steps finish before it exits. */
const DRAIN_MS = 15_000;
const SIMULATOR_GRACE_MS = 3_000;

interface Started {
  readonly name: string;
  stop(): Promise<void>;
}

/**
 * The processes of `npm start`, started one after another and stopped in reverse order.
 */
export class LocalRun {
  private readonly started: Started[] = [];
  private readonly failures: Promise<string>[] = [];
  private readonly environment: NodeJS.ProcessEnv = { ...process.env };

  constructor(private readonly options: LocalRunOptions) {}

  /**
   * Starts everything and prints the banner.
   * @throws Error, ready to print, when a part does not start; the caller must then call `stop` for the started parts
   */
  async start(): Promise<void> {
    const { settings, signal, report } = this.options;
    this.environment.HOLDFAST_ADMIN_KEY = this.adminKey();
    // On one machine a silent party becomes an operator's task soon, so that the task can be seen.
    this.environment.HOLDFAST_PARTNER_PATIENCE_SECONDS ??= '30';
    // The receivers of webhooks that a developer tries out run beside it.
    this.environment.HOLDFAST_WEBHOOKS_ALLOW ??= '127.0.0.0/8,::1/128';
    const steps = [
      this.startPostgres,
      this.startTemporal,
      this.migrate,
      this.startSimulator,
      this.startServer,
      this.loadDemoData,
    ];
    for (const step of steps) {
      signal.throwIfAborted();
      await step.call(this);
    }
    report(
      banner({
        apiUrl: this.apiUrl(),
        webUiUrl: settings.temporalAddress ? undefined : `http://127.0.0.1:${settings.temporalUiPort}`,
        adminKey: this.adminKey(),
        dataFolder: settings.dataFolder,
      }),
    );
  }

  /** Resolves with the reason when a part ends unexpectedly. */
  broken(): Promise<string> {
    return Promise.race(this.failures);
  }

  /** Stops the started parts, the last one first: a part stops before those it depends on. */
  async stop(): Promise<void> {
    for (const part of this.started.splice(0).reverse()) {
      this.options.report(`stopping ${part.name} ...`);
      await part.stop();
      this.options.lock.forgetEnded();
    }
  }

  private async startPostgres(): Promise<void> {
    const { settings, lock, report } = this.options;
    if (settings.databaseUrl !== undefined) return;
    const startedAt = Date.now();
    const server = await startPostgresServer({
      dataFolder: settings.dataFolder,
      port: settings.postgresPort,
      durable: true,
      onSpawn: (identity) => lock.remember('postgres', identity),
    });
    this.started.push({ name: 'PostgreSQL', stop: server.stop });
    this.failures.push(
      server.ended.then((how) => `PostgreSQL ended (${how}); see ${this.inData('postgres.log')}`),
    );
    this.environment.DATABASE_URL = server.url;
    report(`PostgreSQL on 127.0.0.1:${settings.postgresPort} (${seconds(startedAt)})`);
  }

  private async startTemporal(): Promise<void> {
    const { settings, lock, report, signal } = this.options;
    if (settings.temporalAddress !== undefined) return;
    const binary = await findTemporalBinary({ report, signal });
    signal.throwIfAborted();
    const startedAt = Date.now();
    const server = await startTemporalServer({
      binary,
      dataFolder: settings.dataFolder,
      port: settings.temporalPort,
      uiPort: settings.temporalUiPort,
      namespace: settings.temporalNamespace,
      inMemory: false,
      onSpawn: (identity) => lock.remember('temporal', identity),
    });
    this.started.push({ name: 'Temporal', stop: server.stop });
    this.failures.push(
      server.ended.then((how) => `Temporal ended (${how}); see ${this.inData('temporal.log')}`),
    );
    this.environment.TEMPORAL_ADDRESS = server.address;
    // Its own server has no TLS and no keys: a profile of this machine's user must not apply to it.
    this.environment.TEMPORAL_CONFIG_FILE = this.inData('temporal.toml');
    this.environment.TEMPORAL_UI_URL = `http://127.0.0.1:${settings.temporalUiPort}`;
    report(`Temporal on ${server.address} (${seconds(startedAt)})`);
  }

  private async migrate(): Promise<void> {
    const startedAt = Date.now();
    const logFile = this.inData('migration.log');
    const migration = this.spawnScript(
      'migration',
      path.join(projectRoot(), 'src', 'main', 'migrate.ts'),
      logFile,
    );
    const how = await migration.ended;
    if (how !== 'exit code 0') throw new Error(`the migration failed (${how}):\n${lastLines(logFile, 20)}`);
    this.options.report(`migrations applied (${seconds(startedAt)})`);
  }

  /** Starts the simulator of third parties, unless HOLDFAST_PARTNERS_URL names real ones. */
  private async startSimulator(): Promise<void> {
    const { settings, report } = this.options;
    if (settings.partnersUrl !== undefined) return;
    const script = path.join(projectRoot(), 'tools', 'local', 'simulator.ts');
    const logFile = this.inData('simulator.log');
    const simulator = new RestartingProcess({
      name: 'the simulator',
      spawn: () => this.spawnScript('simulator', script, logFile),
      logFile,
      report,
      graceMs: SIMULATOR_GRACE_MS,
    });
    this.started.push({ name: 'the simulator', stop: () => simulator.stop() });
    this.failures.push(simulator.gaveUp);
    this.environment.HOLDFAST_PARTNERS_URL = `http://127.0.0.1:${settings.simulatorPort}/parties`;
    report(`Simulator of third parties on 127.0.0.1:${settings.simulatorPort}`);
  }

  private async startServer(): Promise<void> {
    const { serverScript, report, signal } = this.options;
    const startedAt = Date.now();
    const logFile = this.inData('server.log');
    const server = new RestartingProcess({
      name: 'the server',
      spawn: () => this.spawnScript('server', serverScript, logFile),
      logFile,
      report,
      graceMs: DRAIN_MS,
    });
    this.started.push({ name: 'the server', stop: () => server.stop() });
    this.failures.push(server.gaveUp);
    const failure = await Promise.race([this.untilReady(), this.broken()]);
    signal.throwIfAborted();
    if (failure !== undefined) throw new Error(failure);
    report(`API, worker and relay (${seconds(startedAt)})`);
  }

  private async loadDemoData(): Promise<void> {
    if (!this.options.settings.demoData) return;
    const startedAt = Date.now();
    await loadDemoData(this.apiUrl(), this.adminKey());
    this.options.report(`demo data loaded (${seconds(startedAt)})`);
  }

  private async untilReady(): Promise<string | undefined> {
    const deadline = Date.now() + READY_MS;
    while (!this.options.signal.aborted) {
      const ready = await fetch(`${this.apiUrl()}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
        (response) => response.status === 200,
        () => false,
      );
      if (ready) return undefined;
      if (Date.now() > deadline) {
        return `the server is not ready after ${READY_MS / 1_000} s; see ${this.inData('server.log')}`;
      }
      await sleep(100);
    }
    return undefined;
  }

  private spawnScript(name: 'server' | 'simulator' | 'migration', script: string, logFile: string) {
    const child = spawnDetached({
      command: process.execPath,
      args: ['--import', require.resolve('tsx'), script],
      environment: this.environment,
      workingFolder: projectRoot(),
      logFile,
    });
    this.options.lock.remember(name, child.identity);
    return child;
  }

  private adminKey(): string {
    const { adminKey, dataFolder } = this.options.settings;
    return adminKey ?? readOrMakeAdminKey(dataFolder);
  }

  private apiUrl(): string {
    const { host, port } = this.options.settings;
    return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  }

  private inData(file: string): string {
    return path.join(this.options.settings.dataFolder, file);
  }
}

function seconds(startedAt: number): string {
  return `${((Date.now() - startedAt) / 1_000).toFixed(1)} s`;
}
