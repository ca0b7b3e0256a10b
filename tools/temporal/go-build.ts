import { renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { findGo, goInstall } from '../processes/go-install';
import { inScratchFolder, olderFoldersGone, type TemporalFetch } from './temporal-fetch';

const PROGRESS_MS = 15_000;

/** A program of Temporal as Go names it, and what a person calls it. */
export interface GoProgram {
  readonly name: string;
  /** The path of its package, whose last part is the name of the binary. */
  readonly module: string;
}

/**
 * Builds a program from source with Go and moves the finished binary into place. Of several processes that need it, one
 * builds and the others wait.
 * @throws Error when Go is missing, or when the build fails, with the last line that Go printed
 */
export async function buildWithGo(
  { name, module }: GoProgram,
  { target, version, report, signal }: TemporalFetch,
): Promise<void> {
  const go = findGo();
  if (go === undefined) throw new Error('Go is not installed');
  const startedAt = Date.now();
  const elapsed = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;
  report(`Building ${name} ${version} from source, once: about 4 minutes on 2 cores ...`);
  const progress = setInterval(() => report(`  still building ${name} (${elapsed()}) ...`), PROGRESS_MS);
  try {
    await inScratchFolder(target, async (folder) => {
      await olderFoldersGone(folder, signal);
      const builtAt = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (builtAt > startedAt) return;
      await goInstall(go, `${module}@v${version}`, folder, signal);
      renameSync(path.join(folder, path.posix.basename(module)), target);
    });
    report(`${capitalised(name)} is there after ${elapsed()}; it is kept at ${target}`);
  } finally {
    clearInterval(progress);
  }
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
