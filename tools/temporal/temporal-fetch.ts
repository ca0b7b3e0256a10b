import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The request to obtain a missing binary. A complete binary appears at `target`, or none. */
export interface TemporalFetch {
  readonly target: string;
  readonly version: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` in a scratch folder beside the target and removes the folder afterwards. Also removes the scratch folders
 * of killed processes, because a binary has 250 MB. Concurrent processes have separate folders: the last one replaces
 * the target with the same content.
 */
export async function inScratchFolder(
  target: string,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const cache = path.dirname(target);
  mkdirSync(cache, { recursive: true });
  for (const entry of readdirSync(cache)) {
    const owner = /^scratch-(\d+)-/.exec(entry)?.[1];
    if (owner !== undefined && !exists(Number(owner)))
      rmSync(path.join(cache, entry), { recursive: true, force: true });
  }
  const folder = mkdtempSync(path.join(cache, `scratch-${process.pid}-`));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
