import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, findOnPath, isExecutable } from '../processes/programs';
import { buildWithGo } from './go-build';
import { downloadTemporal } from './temporal-download';
import type { TemporalFetch } from './temporal-fetch';

/** `go install` refuses newer tags of the CLI, because their go.mod has `replace` lines. */
export const TEMPORAL_CLI_VERSION = '1.5.1';

const CLI = { name: 'the Temporal server', module: 'github.com/temporalio/cli/cmd/temporal' };

export interface TemporalSearch {
  /** Reports progress: a build takes minutes. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const run = promisify(execFile);

/**
 * Finds the official Temporal CLI, which contains the local server: on PATH, in the cache, downloaded by the SDK, or
 * built from source, in this order. A downloaded or built binary stays in the cache.
 * @throws Error that lists every attempt and the remedies
 */
export async function findTemporalBinary({ report, signal }: TemporalSearch): Promise<string> {
  const found = await findInstalledTemporal();
  if (typeof found === 'string') return found;
  const tried = [...found.tried];
  const target = cachedTemporal();
  const ways = [
    { name: "the SDK's download", get: downloadTemporal },
    { name: 'go install', get: (fetch: TemporalFetch) => buildWithGo(CLI, fetch) },
  ];
  for (const { name, get } of ways) {
    try {
      await get({ target, version: TEMPORAL_CLI_VERSION, report, signal });
      return target;
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      tried.push(`${name}: ${reason}`);
      report(`${name} did not work: ${reason}`);
    }
  }
  throw new Error(
    [
      'No Temporal server was found. Tried:',
      ...tried.map((line) => `  - ${line}`),
      'Do one of these: install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH;',
      `put its binary at ${target}; install Go 1.25 or newer; or set TEMPORAL_ADDRESS to a server that runs already.`,
    ].join('\n'),
  );
}

/** Returns an installed or cached binary that runs, or the attempts. */
export async function findInstalledTemporal(): Promise<string | { readonly tried: readonly string[] }> {
  const tried: string[] = [];
  const onPath = findOnPath('temporal');
  for (const [name, file] of [
    ['temporal on PATH', onPath],
    ['the cached binary', cachedTemporal()],
  ] as const) {
    const reason = file === undefined ? 'not there' : await reasonItDoesNotRun(file);
    if (file !== undefined && reason === undefined) return file;
    tried.push(`${name}: ${file === undefined ? '' : `${file}: `}${reason}`);
  }
  return { tried };
}

/** Returns the path of the cached binary. */
export function cachedTemporal(): string {
  return path.join(cacheFolder('temporal', TEMPORAL_CLI_VERSION), 'temporal');
}

async function reasonItDoesNotRun(file: string): Promise<string | undefined> {
  if (!isExecutable(file)) return 'not there';
  try {
    const { stdout } = await run(file, ['--version'], { timeout: 20_000 });
    return /^temporal version/.test(stdout)
      ? undefined
      : `is another program (${stdout.trim().slice(0, 60)})`;
  } catch (error) {
    return `does not run (${String(error).split('\n')[0]})`;
  }
}
