import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/main/project-root';
import { unprivileged } from '../postgres/postgres-account';
import { findPostgresBinaries } from '../postgres/postgres-binaries';
import { postgresDirectory, refuseForeignDirectory } from '../postgres/postgres-directory';
import { findGo } from '../processes/go-install';
import { findTakenPort } from '../processes/ports';
import { findHolder } from '../processes/run-lock';
import { findInstalledTemporal } from '../temporal/temporal-binary';
import { isDownloadReachable } from '../temporal/temporal-download';
import { localPorts } from './local-ports';
import type { LocalSettings } from './local-settings';

export interface Finding {
  readonly subject: string;
  readonly good: boolean;
  readonly detail: string;
  readonly mend?: string;
}

/** The oldest supported Node.js: Node 20 can require ESM packages from this minor version on. */
const OLDEST_NODE = [20, 19] as const;

/** Checks the prerequisites of `npm start` without starting or changing anything. */
export async function examine(settings: LocalSettings): Promise<Finding[]> {
  return [
    examineNode(),
    examineClients(),
    examinePostgres(settings),
    await examineTemporal(settings),
    examineData(settings),
    ...(await examinePorts(settings)),
  ];
}

function examineNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const good = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return {
    subject: 'Node.js',
    good,
    detail: process.versions.node,
    ...(good ? {} : { mend: `install Node.js ${OLDEST_NODE.join('.')} or newer` }),
  };
}

function examineClients(): Finding {
  const missing = ['orders', 'inventory', 'credit'].filter(
    (store) => !existsSync(path.join(projectRoot(), 'src', 'stores', 'generated', store, 'client.ts')),
  );
  if (missing.length === 0) return { subject: 'Prisma clients', good: true, detail: 'generated' };
  const mend = 'run npx tsx scripts/generate-clients.ts';
  return { subject: 'Prisma clients', good: false, detail: `missing for ${missing.join(', ')}`, mend };
}

function examinePostgres(settings: LocalSettings): Finding {
  const subject = 'PostgreSQL';
  if (settings.databaseUrl !== undefined) return { subject, good: true, detail: 'the one at DATABASE_URL' };
  try {
    const { postgres } = findPostgresBinaries();
    unprivileged(postgresDirectory(settings.dataFolder), postgres);
    const version = execFileSync(postgres, ['--version'], { encoding: 'utf8', stdio: 'pipe' }).trim();
    refuseForeignDirectory(settings.dataFolder);
    return { subject, good: true, detail: version };
  } catch (error) {
    const detail = firstLine(error);
    return {
      subject,
      good: false,
      detail,
      mend: 'remove that cause, or set DATABASE_URL to a PostgreSQL of your own',
    };
  }
}

async function examineTemporal(settings: LocalSettings): Promise<Finding> {
  const subject = 'Temporal';
  if (settings.temporalAddress !== undefined)
    return { subject, good: true, detail: settings.temporalAddress };
  const installed = await findInstalledTemporal();
  if (typeof installed === 'string') return { subject, good: true, detail: installed };
  if (await isDownloadReachable()) {
    return { subject, good: true, detail: 'not installed; npm start downloads it once' };
  }
  if (findGo() !== undefined) {
    return {
      subject,
      good: true,
      detail: 'not installed; npm start builds it once with Go, in about 4 minutes',
    };
  }
  return {
    subject,
    good: false,
    detail: `${installed.tried.join('; ')}; the download host cannot be reached; Go is not installed`,
    mend: 'install the Temporal CLI (https://docs.temporal.io/cli) or Go, or set TEMPORAL_ADDRESS',
  };
}

function examineData({ dataFolder }: LocalSettings): Finding {
  const subject = 'Data folder';
  const holder = findHolder(dataFolder);
  if (holder) return { subject, good: true, detail: `${dataFolder}, in use by process ${holder.pid}` };
  let existing = dataFolder;
  while (!existsSync(existing)) existing = path.dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
    return { subject, good: true, detail: dataFolder };
  } catch {
    const mend = 'make it writable, or set HOLDFAST_DATA to another folder';
    return { subject, good: false, detail: `${existing} is not writable`, mend };
  }
}

async function examinePorts(settings: LocalSettings): Promise<Finding[]> {
  if (findHolder(settings.dataFolder)) {
    return [{ subject: 'Ports', good: true, detail: 'Holdfast is running on this data folder' }];
  }
  return Promise.all(
    localPorts(settings).map(async (needed): Promise<Finding> => {
      const taken = await findTakenPort([needed]);
      const subject = `Port ${needed.port}`;
      if (taken === undefined) return { subject, good: true, detail: `free (${needed.variable})` };
      return {
        subject,
        good: false,
        detail: taken.reason,
        mend: `end the process that uses it, or set ${needed.variable} to another port`,
      };
    }),
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
