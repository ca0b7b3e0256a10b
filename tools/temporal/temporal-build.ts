import { execFileSync, spawn } from 'node:child_process';
import { renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { inScratchFolder, olderFoldersGone, type TemporalFetch } from './temporal-fetch';

const PROGRESS_MS = 15_000;
const KEPT_ERROR_CHARACTERS = 4_000;

/**
 * Builds the CLI from source with Go and moves the finished binary into place.
 * @throws Error when Go is missing, or when the build fails, with the last line that Go printed
 */
export async function buildTemporal({ target, version, report, signal }: TemporalFetch): Promise<void> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is not installed');
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
  report(`Building the Temporal server ${version} from source, once: about 4 minutes on 2 cores ...`);
  const progress = setInterval(
    () => report(`  still building the Temporal server (${elapsed()}) ...`),
    PROGRESS_MS,
  );
  try {
    await inScratchFolder(target, async (folder) => {
      await olderFoldersGone(folder, signal);
      const builtAt = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (builtAt > startedAt) return;
      await goInstall(go, `github.com/temporalio/cli/cmd/temporal@v${version}`, folder, signal);
      renameSync(path.join(folder, 'temporal'), target);
    });
    report(`The Temporal server is there after ${elapsed()}; it is kept at ${target}`);
  } finally {
    clearInterval(progress);
  }
}

function goInstall(go: string, module: string, folder: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // A process group of its own: Go runs many compilers, and an abort must kill all of them.
    const build = spawn(go, ['install', module], {
      detached: true,
      cwd: folder,
      env: { ...process.env, GOBIN: folder, GOFLAGS: '', GOWORK: 'off' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    build.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk).slice(-KEPT_ERROR_CHARACTERS);
    });
    const abort = () => {
      if (build.pid !== undefined) process.kill(-build.pid, 'SIGKILL');
    };
    signal.addEventListener('abort', abort, { once: true });
    build.once('error', reject);
    build.once('close', (code) => {
      signal.removeEventListener('abort', abort);
      if (code === 0) resolve();
      else reject(new Error(`${go} install ${module} failed: ${errors.trim().split('\n').at(-1)}`));
    });
    if (signal.aborted) abort();
  });
}

/** Finds Go on PATH, or where Go's installer puts it without changing PATH. */
export function findGo(): string | undefined {
  return ['go', '/usr/local/go/bin/go'].find((file) => {
    try {
      execFileSync(file, ['version'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}
