import { execFileSync, spawn } from 'node:child_process';

const KEPT_ERROR_CHARACTERS = 4_000;

/**
 * Builds a program from source into a folder.
 * @throws Error with the last line that Go printed
 */
export function goInstall(go: string, module: string, folder: string, signal: AbortSignal): Promise<void> {
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
