import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { FinishCompensation } from '../src/contracts/commands';
import type { LedgerEntry } from '../src/contracts/ledger';
import { ledgerTable } from './ledger-table';
import { ledgerQuery } from './saga-over-a-set';

export interface UndoLedger {
  /** These are to be run, in this order. */
  due(names: readonly string[]): void;
  undone(name: string): void;
}

/** Keeps what the Web UI and whoever asks are shown of an order whose undos are run outside its set. */
export function undoLedger({
  commandId: id,
  reason,
  undone: before,
  remaining,
}: Pick<FinishCompensation, 'commandId' | 'reason' | 'undone' | 'remaining'>): UndoLedger {
  let entry: LedgerEntry = { id, done: [], undone: before, remaining, ended: 'refused', reason };
  const show = (changed: Partial<LedgerEntry>) => {
    entry = { ...entry, ...changed };
    setCurrentDetails(ledgerTable([entry]));
  };
  setHandler(ledgerQuery, () => [entry]);
  show({});
  return {
    due: (names) => show({ remaining: names }),
    undone: (name) =>
      show({
        undone: [...entry.undone.filter((one) => one !== name), name],
        remaining: entry.remaining.filter((one) => one !== name),
      }),
  };
}
