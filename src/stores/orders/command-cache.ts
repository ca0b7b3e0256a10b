import type { CommandKind, CommandRow } from '../../domain/command/recorded-command';
import type { StoredCommand } from './command-rows';
import type { CommandStore } from './command-store';

/** The most commands kept: more than one process runs at a time. */
const MOST_REMEMBERED = 5_000;

/**
 * A cache of recorded commands for their steps. The content of a command never changes after its record, nor does a
 * decision once made, so this process caches the commands it saw last and reads the others from the store.
 */
export class CommandCache {
  readonly #recent = new Map<string, CommandRow>();

  constructor(private readonly store: CommandStore) {}

  /** Caches committed commands. Drops the oldest ones beyond the limit. */
  remember(rows: readonly CommandRow[]): void {
    for (const row of rows) this.#recent.set(row.id, row);
    for (const id of this.#recent.keys()) {
      if (this.#recent.size <= MOST_REMEMBERED) return;
      this.#recent.delete(id);
    }
  }

  /** Adds a committed decision to its cached command. */
  rememberDecision(id: string, decision: NonNullable<CommandRow['decision']>): void {
    const row = this.#recent.get(id);
    if (row) this.#recent.set(id, { ...row, decision });
  }

  /**
   * Returns the commands, in the order of the given ids.
   * @throws when a command was never recorded
   */
  recorded<K extends CommandKind>(ids: readonly string[]): Promise<readonly CommandRow<K>[]> {
    return this.#rows(ids, (row) => row !== undefined);
  }

  /**
   * Returns the commands with their decisions, in the order of the given ids.
   * @throws when a command was never recorded or is not decided
   */
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
