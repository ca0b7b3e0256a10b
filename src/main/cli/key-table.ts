import type { ListedKey } from '../../stores/orders/api-keys';
import { type Column, tableOf } from './table';

/** The fields of a key that the table shows; the API leaves out moments that have not happened. */
export type ShownKey = Pick<ListedKey, 'id' | 'caller' | 'scopes' | 'createdAt'> & {
  readonly [Moment in 'expiresAt' | 'usedAt' | 'revokedAt']?: string | null | undefined;
};

const COLUMNS: readonly Column<ShownKey>[] = [
  ['key', ({ id }) => id],
  ['caller', ({ caller }) => caller],
  ['scopes', ({ scopes }) => scopes.join(' ')],
  ['created', ({ createdAt }) => createdAt],
  ['expires', ({ expiresAt }) => expiresAt ?? ''],
  ['last used', ({ usedAt }) => usedAt ?? ''],
  ['revoked', ({ revokedAt }) => revokedAt ?? ''],
];

/** Formats a list of keys as a table for people. */
export function keyTable(keys: readonly ShownKey[]): string {
  return keys.length === 0 ? 'No key' : tableOf(COLUMNS, keys).join('\n');
}

/** Says what a revocation has done. */
export function revoked(id: string): string {
  return `revoked ${id}; every process refuses it within 5 s`;
}
