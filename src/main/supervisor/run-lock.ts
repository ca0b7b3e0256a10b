import { linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

/** In the order in which they are ended: who uses another goes before it. */
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

/** The data folder is in use. The message is one line, fit to print as it is. */
export class DataFolderInUse extends Error {
  override readonly name = 'DataFolderInUse';
}

/**
 * The lock on a data folder, and the memory of what runs on it.
 *
 * Node has no file locks, so a lock is a file `run-<n>.json` naming a living process: a holder that has ended, in
 * whatever way, has thereby released it, and the next one takes number n+1. Creating that number is atomic, so of
 * two that find the same dead holder only one wins. The file survives its holder because it says which servers may
 * have been left behind.
 */
export class RunLock {
  private constructor(
    private readonly folder: string,
    private readonly number: number,
    private record: RunRecord,
  ) {}

  /**
   * Takes the folder, making it when there is none.
   * @throws DataFolderInUse naming the process that has it
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

  /** What runs now, and before anything was started what a killed run may have left behind. */
  children(): readonly Child[] {
    return this.record.children;
  }

  remember(name: ChildName, identity: ProcessIdentity): void {
    this.save([...this.record.children.filter((child) => isRunning(child.identity)), { name, identity }]);
  }

  forgetEnded(): void {
    this.save(this.record.children.filter((child) => isRunning(child.identity)));
  }

  /** Removes everything in the folder, the lock last. */
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

/** Who has the folder now, without taking it. */
export function findHolder(folder: string): ProcessIdentity | undefined {
  const newest = runNumbers(folder).at(-1);
  const holder = newest === undefined ? undefined : readRecord(folder, newest)?.supervisor;
  return holder && isRunning(holder) ? holder : undefined;
}

/** A part of what runs on the folder now. */
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

/** A record that cannot be read was left by a crash of the whole machine: its processes are gone too. */
function readRecord(folder: string, number: number): RunRecord | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(folder, number), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
}

/** False when another process was first. The link makes name and content appear in one step. */
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
