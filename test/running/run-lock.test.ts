import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { identityOf } from '../../tools/processes/process-identity';
import { DataFolderInUse, findHolder, RunLock } from '../../tools/processes/run-lock';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-lock-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function leaveRecord(number: number, record: unknown): void {
  writeFileSync(path.join(folder, `run-${number}.json`), JSON.stringify(record));
}

test('a folder is taken by one at a time', () => {
  RunLock.take(folder);
  expect(() => RunLock.take(folder)).toThrow(DataFolderInUse);
  expect(findHolder(folder)?.pid).toBe(process.pid);
});

test('a holder whose pid now belongs to another process has ended', () => {
  leaveRecord(4, { supervisor: { pid: process.pid, startedAt: 'another time' }, children: [] });
  expect(findHolder(folder)).toBeUndefined();
  RunLock.take(folder);
  expect(readdirSync(folder)).toEqual(['run-5.json']);
});

test('a record cut short by a crash of the machine is no holder', () => {
  writeFileSync(path.join(folder, 'run-1.json'), '{"supervi');
  RunLock.take(folder);
  expect(readdirSync(folder)).toEqual(['run-2.json']);
});

test('what a dead holder left running is handed to the next one, again and again until it has ended', () => {
  const own = identityOf(process.pid);
  const children = [{ name: 'temporal', identity: own }];
  leaveRecord(1, { supervisor: { pid: 1, startedAt: 'long ago' }, children });
  const lock = RunLock.take(folder);
  expect(lock.children()).toEqual(children);
  lock.forgetEnded();
  expect(lock.children()).toEqual(children);
});

test('clearing the folder leaves nothing', () => {
  const lock = RunLock.take(folder);
  writeFileSync(path.join(folder, 'server.log'), 'words');
  lock.clearFolder();
  expect(readdirSync(folder)).toEqual([]);
});
