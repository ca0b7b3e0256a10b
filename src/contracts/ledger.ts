import type { RefusalReason } from '../domain/refusal';

/** Where one member of a saga is: what has been done for it, what was undone, and what is left. */
export interface LedgerEntry {
  readonly id: string;
  readonly done: readonly string[];
  readonly undone: readonly string[];
  readonly remaining: readonly string[];
  readonly ended: 'refused' | 'owned-elsewhere' | 'continued' | 'unfinished' | null;
  readonly reason: RefusalReason | null;
}
