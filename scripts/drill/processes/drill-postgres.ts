import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { databaseUrl, readPassword } from '../../../tools/postgres/postgres-directory';
import { type PostgresServer, startPostgresServer } from '../../../tools/postgres/postgres-server';
import { killGroup } from '../../../tools/processes/detached-process';
import type { ProcessIdentity } from '../../../tools/processes/process-identity';
import { signalTree } from './process-tree';

const DRILL_ROLE = 'drill';
const PASSWORD_MEANWHILE = 'changed-by-the-drill';

/** PostgreSQL with full durability, with the ways in which the drill breaks it. */
export class DrillPostgres {
  #server: PostgresServer | undefined;
  #identity: ProcessIdentity | undefined;

  constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** The drill's own address: past the proxies, under a role whose password stays. */
  get directUrl(): string {
    return `postgresql://${DRILL_ROLE}:${DRILL_ROLE}@127.0.0.1:${this.port}/holdfast`;
  }

  /** The address that the processes use, through a proxy. */
  urlThrough(proxyPort: number): string {
    return databaseUrl(this.folder, proxyPort);
  }

  async start(): Promise<void> {
    this.#server = await startPostgresServer({
      dataFolder: this.folder,
      port: this.port,
      durable: true,
      onSpawn: (identity) => {
        this.#identity = identity;
      },
    });
  }

  async addDrillRole(): Promise<void> {
    const sql = `CREATE ROLE ${DRILL_ROLE} SUPERUSER LOGIN PASSWORD '${DRILL_ROLE}'`;
    await ask(this.#server?.url ?? '', sql);
  }

  /** Kills the server as `kill -9` does. Its sessions notice and end by themselves. */
  async kill(): Promise<void> {
    if (this.#identity === undefined) return;
    killGroup(this.#identity);
    await this.#server?.ended;
  }

  /** Starts the server after a crash and kills it once more while it recovers. */
  async startWithCrash(afterMs: number): Promise<void> {
    const starting = this.start();
    await sleep(afterMs);
    if (this.#identity) killGroup(this.#identity);
    // `start` retries by itself for some seconds.
    await starting.catch(() => this.start());
  }

  /** Stops the server in order, with all its connections. */
  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  pause(): void {
    if (this.#identity) signalTree(this.#identity.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.#identity) signalTree(this.#identity.pid, 'SIGCONT');
  }

  /** Changes the processes' password and ends their sessions. */
  async changePassword(): Promise<void> {
    await ask(
      this.directUrl,
      `ALTER ROLE holdfast PASSWORD '${PASSWORD_MEANWHILE}';
       SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'holdfast'`,
    );
  }

  async restorePassword(): Promise<void> {
    await ask(this.directUrl, `ALTER ROLE holdfast PASSWORD '${readPassword(this.folder)}'`);
  }

  /** Kills the server at once, when this process exits. */
  killNow(): void {
    if (this.#identity) killGroup(this.#identity);
  }
}

async function ask(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } finally {
    await client.end().catch(() => undefined);
  }
}
