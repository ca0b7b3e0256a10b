import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** How a missing binary is obtained: it appears at `target` whole, or not at all. */
export interface TemporalFetch {
  readonly target: string;
  readonly version: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

const PROGRESS_MS = 15_000;
const KEPT_ERROR_CHARACTERS = 4_000;

/**
 * Builds the CLI from source with Go. Builds into a folder of its own and renames, so that a killed build leaves
 * nothing half made and two builds at once do no harm: the last one wins with the same content.
 * @throws Error when there is no Go, or with the last line Go printed
 */
export async function buildTemporal({ target, version, report, signal }: TemporalFetch): Promise<void> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is not installed');
  const cache = path.dirname(target);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'build-'));
  const startedAt = Date.now();
  report(`Building the Temporal server ${version} from source, once: about 4 minutes on 2 cores ...`);
  const progress = setInterval(() => {
    report(`  still building the Temporal server (${Math.round((Date.now() - startedAt) / 1_000)} s) ...`);
  }, PROGRESS_MS);
  try {
    await goInstall(go, `github.com/temporalio/cli/cmd/temporal@v${version}`, folder, signal);
    renameSync(path.join(folder, 'temporal'), target);
    report(
      `Built the Temporal server in ${Math.round((Date.now() - startedAt) / 1_000)} s; it is kept in ${cache}`,
    );
  } finally {
    clearInterval(progress);
    rmSync(folder, { recursive: true, force: true });
  }
}

function goInstall(go: string, module: string, folder: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // A group of its own: Go runs many compilers, and all of them have to end with it.
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

/** On PATH, or where Go's own installer puts it without touching PATH. */
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
