import type { CommandKind, CommandRow } from '../../domain/command/recorded-command';
import type { StoredCommand } from './command-rows';
import type { CommandStore } from './command-store';

/** More commands than one process carries at a time. */
const MOST_REMEMBERED = 5_000;

/**
 * The content of recorded commands for their steps. It never changes after the record, nor does a decision after it was
 * made, so this process remembers the latest it has seen and asks the store for the others.
 */
export class CommandCache {
  readonly #recent = new Map<string, CommandRow>();

  constructor(private readonly store: CommandStore) {}

  /** Remembers commands as they were committed. */
  remember(rows: readonly CommandRow[]): void {
    for (const row of rows) this.#recent.set(row.id, row);
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= MOST_REMEMBERED) return;
      this.#recent.delete(id);
    }
  }

  /** Remembers a decision that was committed. */
  rememberDecision(id: string, decision: NonNullable<CommandRow['decision']>): void {
    const row = this.#recent.get(id);
    if (row) this.#recent.set(id, { ...row, decision });
  }

  /** The commands in the order of their ids. @throws where one was never recorded */
  recorded<K extends CommandKind>(ids: readonly string[]): Promise<readonly CommandRow<K>[]> {
    return this.#rows(ids, (row) => row !== undefined);
  }

  /** As `recorded`, with their decisions. @throws where one is not decided */
  async decided<K extends CommandKind>(
    ids: readonly string[],
  ): Promise<readonly (CommandRow<K> & { readonly decision: NonNullable<CommandRow<K>['decision']> })[]> {
    const rows = await this.#rows<K>(ids, (row) => row?.decision != null);
    return rows.map((row) => {
      const { decision } = row;
      if (decision === null) throw new Error(`command ${row.id} is not decided`);
      return { ...row, decision };
    });
  }

  async #rows<K extends CommandKind>(
    ids: readonly string[],
    isUsable: (row: CommandRow | undefined) => boolean,
  ): Promise<readonly CommandRow<K>[]> {
    const missing = ids.filter((id) => !isUsable(this.#recent.get(id)));
    const loaded: ReadonlyMap<string, StoredCommand> =
      missing.length > 0 ? await this.store.commands(missing) : new Map();
    this.remember([...loaded.values()]);
    return ids.map((id) => {
      const row = loaded.get(id) ?? this.#recent.get(id);
      if (!row) throw new Error(`command ${id} was never recorded`);
      return row as CommandRow<K>;
    });
  }
}
