import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporal } from '@temporalio/proto';

/** A history as stored beside this file: one workflow that took one branch. */
export interface RecordedHistory {
  readonly workflowId: string;
  readonly history: { readonly events: readonly object[] };
}

const FOLDER = path.join(__dirname, 'histories');

/**
 * Returns the history as the SDK takes it. The SDK's JSON reader needs a single copy of protobufjs in the tree, and npm
 * installs three: the histories are kept in protobufjs' own form.
 */
export function asHistory({ history }: RecordedHistory): temporal.api.history.v1.History {
  return temporal.api.history.v1.History.fromObject(history);
}

/** The fields that replay ignores and that differ between recordings. */
const UNREAD = new Set(['identity', 'taskId', 'workerVersion', 'requestId', 'userMetadata', 'stackTrace']);

const fileOf = (branch: string) => path.join(FOLDER, `${branch}.json`);

export function recordedBranches(): readonly string[] {
  return readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
}

export function readHistory(branch: string): RecordedHistory | undefined {
  const file = fileOf(branch);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RecordedHistory) : undefined;
}

/** Returns a history without the fields that replay ignores. */
export function asKept(recorded: RecordedHistory): RecordedHistory {
  return JSON.parse(JSON.stringify(recorded, (key, value) => (UNREAD.has(key) ? undefined : value)));
}

/** Writes a history as one line. */
export function writeHistory(branch: string, kept: RecordedHistory): number {
  const line = JSON.stringify(kept);
  writeFileSync(fileOf(branch), `${line}\n`);
  return line.length;
}

/** Returns a history's event types and decoded payloads, in order. */
export function textOf({ history }: RecordedHistory): string {
  return JSON.stringify(history.events, (key, value) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  ).replaceAll('\\"', '"');
}
