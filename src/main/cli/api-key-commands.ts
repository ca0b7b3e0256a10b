import type { z } from 'zod';
import type { KeyView, newKey } from '../../contracts/api/keys';
import { keyTable, revoked } from './key-table';
import type { RunningApi } from './running-api';
import type { CommandAnswer, CommandOptions } from './typed-command';

/** Lists every key, or those of one caller. */
export async function listKeys(
  api: RunningApi,
  _words: readonly string[],
  { caller }: CommandOptions,
): Promise<CommandAnswer> {
  const items = await api.list<KeyView>('/v1/keys', { caller });
  return { answer: { items }, text: keyTable(items) };
}

/** Makes a key and prints it. */
export async function createKey(
  api: RunningApi,
  [caller, ...scopes]: readonly string[],
  { expires }: CommandOptions,
): Promise<CommandAnswer> {
  const body = { caller, scopes, ...(expires === undefined ? {} : { expiresAt: expires }) };
  const answer = (await api.post('/v1/keys', body)) as z.output<typeof newKey>;
  return { answer, text: answer.key };
}

/** Revokes a key. */
export async function revokeKey(api: RunningApi, [id = '']: readonly string[]): Promise<CommandAnswer> {
  const answer = await api.delete(`/v1/keys/${encodeURIComponent(id)}`);
  return { answer, text: revoked(id) };
}
