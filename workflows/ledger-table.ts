import type { LedgerEntry } from '../src/contracts/ledger';

/** The ledger as Markdown for the Web UI: counts first, then the exceptions, then everybody. */
export function ledgerTable(entries: readonly LedgerEntry[]): string {
  const exceptions = entries.filter(({ ended }) => ended !== null);
  const parts = [countsOf(entries)];
  if (exceptions.length > 0 && exceptions.length < entries.length)
    parts.push('**Exceptions**', tableOf(exceptions));
  return [...parts, '**All**', tableOf(entries)].join('\n\n');
}

function countsOf(entries: readonly LedgerEntry[]): string {
  const refused = entries.filter(({ ended }) => ended === 'refused').length;
  const elsewhere = entries.filter(({ ended }) => ended === 'owned-elsewhere').length;
  const stuck = entries.filter(({ remaining }) => remaining.length > 0).length;
  const continued = entries.filter(({ ended }) => ended === 'continued').length;
  const unfinished = entries.filter(({ ended }) => ended === 'unfinished').length;
  const going = entries.length - refused - elsewhere - continued - unfinished;
  return `${entries.length} in the set: ${going} going or done, ${refused} refused, ${elsewhere} owned elsewhere, ${continued} going on elsewhere, ${unfinished} unfinished, ${stuck} with undos left`;
}

function tableOf(entries: readonly LedgerEntry[]): string {
  const rows = entries.map(
    ({ id, done, undone, remaining, reason }) =>
      `| ${id} | ${done.join(', ')} | ${reason ?? ''} | ${undone.join(', ')} | ${remaining.join(', ')} |`,
  );
  return ['| id | done | refused | undone | left |', '|---|---|---|---|---|', ...rows].join('\n');
}
