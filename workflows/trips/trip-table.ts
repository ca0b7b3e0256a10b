import type { TripProgress } from '../../src/domain/trip/trip';
import { tableRow } from '../engine/table-row';

/** Renders the state of a trip as Markdown for the Web UI: the verdict first, then each booking. */
export function tripTable(trip: TripProgress): string {
  const left = trip.kind === 'ask' ? [] : trip.undos.map(({ party }) => party);
  const rows = trip.bookings.map(({ party, state, reference, reason }) =>
    tableRow(party, state, reference ?? reason ?? '', left.includes(party) ? 'yes' : ''),
  );
  const table = ['| booking | state | reference or reason | to be cancelled |', '|---|---|---|---|', ...rows];
  return `${verdictOf(trip)}\n\n${table.join('\n')}`;
}

function verdictOf(trip: TripProgress): string {
  switch (trip.kind) {
    case 'ask':
      return `Asking ${trip.asking.party}.`;
    case 'booked':
      return '**BOOKED**';
    case 'rejected':
      return `**REJECTED**: ${trip.reason}`;
  }
}
