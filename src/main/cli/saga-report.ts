import type { z } from 'zod';
import type { SagaView, sagaDetail } from '../../contracts/api/sagas';
import type { LedgerEntry } from '../../contracts/ledger';
import { type Column, tableOf } from './table';

const COLUMNS: readonly Column<SagaView>[] = [
  ['saga', ({ id }) => id],
  ['status', ({ status, reason }) => (reason === undefined ? status : `${status} ${reason}`)],
  ['compensation', ({ compensation }) => compensation],
  ['left', ({ attention }) => attention?.remaining.join(', ') || '-'],
  ['since', ({ updatedAt }) => updatedAt],
];

const LEDGER: readonly Column<LedgerEntry>[] = [
  ['member', ({ id }) => id],
  ['done', ({ done }) => done.join(', ') || '-'],
  ['undone', ({ undone }) => undone.join(', ') || '-'],
  ['left', ({ remaining }) => remaining.join(', ') || '-'],
  ['ended', ({ ended, reason }) => [ended ?? '-', reason ?? ''].join(' ').trim()],
];

/** Sagas in a state, for a person to read. */
export function sagaTable(state: string, sagas: readonly SagaView[]): string {
  if (sagas.length === 0) return `No saga: ${state}`;
  return tableOf(COLUMNS, sagas).join('\n');
}

/** A saga for a person to read: how it is, what somebody has to finish, and its ledger where there is one. */
export function sagaReport(saga: z.output<typeof sagaDetail>): string {
  const { id, state, status, reason, compensation, attention, workflowId, startedAt, updatedAt, links } =
    saga;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['status', reason === undefined ? status : `${status}, ${reason}`],
    ['compensation', compensation],
    ['left to undo', attention?.remaining.join(', ')],
    ['failure', attention?.failure],
    ['workflow', workflowId],
    ['started', startedAt],
    ['updated', updatedAt],
    ['Web UI', links.webUi],
  ];
  const lines = facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${name.padEnd(12)}  ${fact}`]));
  return [`${id}: ${state}`, '', ...lines, ...ledgerOf(saga.ledger)].join('\n');
}

/** A set's as a table; a trip's progress has a shape of its own. */
function ledgerOf(ledger: unknown): readonly string[] {
  if (ledger === undefined || ledger === null) return [];
  if (Array.isArray(ledger)) return ['', ...tableOf(LEDGER, ledger as LedgerEntry[])];
  return ['', JSON.stringify(ledger, null, 2)];
}
