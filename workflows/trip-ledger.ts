import { defineQuery, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { TripProgress } from '../src/domain/trip/trip';

/** Under the same name as the ledger of a set, for whoever asks a saga how far it is. */
const ledgerQuery = defineQuery<TripProgress | null>('ledger');

export interface TripLedger {
  show(progress: TripProgress): void;
}

/** Keeps what the Web UI and whoever asks are shown of a trip: each booking, and what there is still to undo. */
export function tripLedger(): TripLedger {
  let shown: TripProgress | null = null;
  setHandler(ledgerQuery, () => shown);
  return {
    show(progress) {
      shown = progress;
      setCurrentDetails(tableOf(progress));
    },
  };
}

function tableOf(progress: TripProgress): string {
  const left = progress.kind === 'ask' ? [] : progress.undos.map(({ party }) => party);
  const rows = progress.bookings.map(
    ({ party, state, reference, reason }) =>
      `| ${party} | ${state} | ${reference ?? reason ?? ''} | ${left.includes(party) ? 'yes' : ''} |`,
  );
  const table = ['| booking | state | reference or reason | to be undone |', '|---|---|---|---|', ...rows];
  return `${headingOf(progress)}\n\n${table.join('\n')}`;
}

function headingOf(progress: TripProgress): string {
  switch (progress.kind) {
    case 'ask':
      return `asking: ${progress.asking.party}`;
    case 'booked':
      return '**BOOKED**';
    case 'rejected':
      return `**REJECTED**: ${progress.reason}`;
    default:
      return never(progress);
  }
}

function never(progress: never): never {
  throw new TypeError(`unhandled progress: ${JSON.stringify(progress)}`);
}
