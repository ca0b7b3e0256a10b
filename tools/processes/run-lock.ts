import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

/** The child processes in the order in which they are stopped: a child stops before those it depends on. */
export const CHILD_NAMES = ['server', 'simulator', 'migration', 'temporal', 'postgres'] as const;
export type ChildName = (typeof CHILD_NAMES)[number];

export interface Child {
  readonly name: ChildName;
  readonly identity: ProcessIdentity;
}

interface RunRecord {
  readonly supervisor: ProcessIdentity;
  readonly children: readonly Child[];
}

/** An attempt to use a data folder that is in use. The message is one line, ready to print. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/**
 * The lock on a data folder, with the record of the processes that run on it.
 *
 * Node has no file locks, so a lock is a file `run-<n>.json` that names a running process. A holder that has ended,
 * even by a crash, has released the lock, and the next holder takes number n+1. Creating that file is atomic: of two
 * processes that find the same dead holder only one wins. The file survives its holder, because it lists the servers
 * that a killed run may have left running.
 */
export class RunLock {
  private constructor(
    private readonly folder: string,
    private readonly number: number,
    private record: RunRecord,
  ) {}

  /**
   * Locks the folder. Creates it when it does not exist.
   * @throws DataFolderInUse that names the process holding the lock
   */
  static take(folder: string): RunLock {
    mkdirSync(folder, { recursive: true });
    const supervisor = identityOf(process.pid);
    if (supervisor === undefined) throw new Error('the start time of this process cannot be read');
    for (;;) {
      const numbers = runNumbers(folder);
      const newest = numbers.at(-1) ?? 0;
      const previous = readRecord(folder, newest);
      if (previous && isRunning(previous.supervisor)) throw inUse(folder, previous.supervisor);
      const record = { supervisor, children: previous?.children ?? [] };
      if (!createRecord(folder, newest + 1, record)) continue;
      for (const number of numbers) rmSync(fileOf(folder, number), { force: true });
      return new RunLock(folder, newest + 1, record);
    }
  }

  /** Returns the recorded child processes, including those that a killed run may have left running. */
  children(): readonly Child[] {
    return this.record.children;
  }

  remember(name: ChildName, identity: ProcessIdentity): void {
    this.save([...this.record.children.filter((child) => isRunning(child.identity)), { name, identity }]);
  }

  forgetEnded(): void {
    this.save(this.record.children.filter((child) => isRunning(child.identity)));
  }

  /** Deletes everything in the folder, the lock last. */
  clearFolder(): void {
    const own = path.basename(fileOf(this.folder, this.number));
    for (const entry of readdirSync(this.folder)) {
      if (entry !== own) rmSync(path.join(this.folder, entry), { recursive: true, force: true });
    }
    rmSync(path.join(this.folder, own), { force: true });
  }

  private save(children: readonly Child[]): void {
    this.record = { ...this.record, children };
    const file = fileOf(this.folder, this.number);
    writeFileSync(`${file}.new`, JSON.stringify(this.record));
    renameSync(`${file}.new`, file);
  }
}

/** Returns the running process that holds the folder, without taking the lock. */
export function findHolder(folder: string): ProcessIdentity | undefined {
  const newest = runNumbers(folder).at(-1);
  const holder = newest === undefined ? undefined : readRecord(folder, newest)?.supervisor;
  return holder && isRunning(holder) ? holder : undefined;
}

/** Returns a running child process of the folder by its name. */
export function findChild(folder: string, name: ChildName): ProcessIdentity | undefined {
  const newest = runNumbers(folder).at(-1);
  const record = newest === undefined ? undefined : readRecord(folder, newest);
  return record?.children.find((child) => child.name === name && isRunning(child.identity))?.identity;
}

function inUse(folder: string, holder: ProcessIdentity): DataFolderInUse {
  return new DataFolderInUse(
    `${folder} is in use by process ${holder.pid}: stop that one first, or set HOLDFAST_DATA`,
  );
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `run-${number}.json`);
}

function runNumbers(folder: string): number[] {
  let entries: string[];
  try {
    entries = readdirSync(folder);
  } catch {
    return [];
  }
  return entries
    .map((entry) => /^run-(\d+)\.json$/.exec(entry)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** Reads a run record; undefined if unreadable. A crash of the machine leaves such a record, and ends its processes. */
function readRecord(folder: string, number: number): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder, number), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

/** Creates a record atomically: the link makes name and content appear at once. @returns false if it exists */
function createRecord(folder: string, number: number, record: RunRecord): boolean {
  const draft = path.join(folder, `run-draft-${process.pid}`);
  writeFileSync(draft, JSON.stringify(record));
  try {
    linkSync(draft, fileOf(folder, number));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
