import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 500;

/** The request to obtain a missing binary. A complete binary appears at `target`, or none. */
export interface TemporalFetch {
  readonly target: string;
  readonly version: string;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Runs `work` in a scratch folder beside the target and removes the folder afterwards. Also removes the scratch folders
 * of killed processes, because a binary has 250 MB.
 */
export async function inScratchFolder(
  target: string,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const cache = path.dirname(target);
  mkdirSync(cache, { recursive: true });
  for (const folder of scratchFolders(cache)) {
    if (!exists(ownerOf(folder))) rmSync(folder, { recursive: true, force: true });
  }
  const folder = mkdtempSync(path.join(cache, `scratch-${process.pid}-`));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Waits until no process has an older scratch folder than this one: of several processes that need the same binary, one
 * obtains it and the others wait.
 */
export async function olderFoldersGone(folder: string, signal: AbortSignal): Promise<void> {
  const isOlder = (other: string) => {
    const born = statSync(other, { throwIfNoEntry: false })?.birthtimeMs ?? Number.POSITIVE_INFINITY;
    const ownBirth = statSync(folder).birthtimeMs;
    return born < ownBirth || (born === ownBirth && other < folder);
  };
  const others = () => scratchFolders(path.dirname(folder)).filter((other) => other !== folder);
  while (others().some((other) => exists(ownerOf(other)) && isOlder(other)))
    await sleep(LOOK_EVERY_MS, undefined, { signal });
}

function scratchFolders(cache: string): string[] {
  return readdirSync(cache)
    .filter((entry) => /^scratch-\d+-/.test(entry))
    .map((entry) => path.join(cache, entry));
}

function ownerOf(folder: string): number {
  return Number(path.basename(folder).split('-')[1]);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
