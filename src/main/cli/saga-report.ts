import type { z } from 'zod';
import type { SagaView, sagaDetail } from '../../contracts/api/sagas';
import type { LedgerEntry } from '../../contracts/ledger';
import { type Column, tableOf } from './table';

type Progress = Pick<SagaView, 'command' | 'steps'>;

const PROGRESS: readonly Column<Progress>[] = [
  ['command', ({ command }) => nameOf(command)],
  ['done', ({ steps }) => listOf(steps?.done)],
  ['undone', ({ steps }) => listOf(steps?.undone)],
  ['left', ({ steps }) => listOf(steps?.remaining)],
];

const COLUMNS: readonly Column<SagaView & Progress>[] = [
  ['saga', ({ id }) => id],
  ['status', ({ status, reason }) => (reason === undefined ? status : `${status} ${reason}`)],
  ['compensation', ({ compensation }) => compensation],
  ...PROGRESS,
  ['since', ({ updatedAt }) => updatedAt],
];

const LEDGER: readonly Column<LedgerEntry>[] = [
  ['member', ({ id }) => id],
  ['done', ({ done }) => listOf(done)],
  ['undone', ({ undone }) => listOf(undone)],
  ['left', ({ remaining }) => listOf(remaining)],
  ['ended', ({ ended, reason }) => [ended ?? '-', reason ?? ''].join(' ').trim()],
];

/** What creates an order or a trip goes by the same id. */
function nameOf({ kind, id }: SagaView['command']): string {
  return kind === 'create' || kind === 'trip' ? kind : `${kind} ${id}`;
}

/** Undefined: a store that would tell cannot be reached. */
function listOf(names: readonly string[] | undefined): string {
  if (names === undefined) return '?';
  return names.join(', ') || '-';
}

/** Sagas in a state, for a person to read: a line for each command that is under way. */
export function sagaTable(state: string, sagas: readonly SagaView[]): string {
  if (sagas.length === 0) return `No saga: ${state}`;
  const rows = sagas.flatMap((saga) => [
    saga,
    ...(saga.others ?? []).map((other) => ({ ...saga, ...other })),
  ]);
  return tableOf(COLUMNS, rows).join('\n');
}

/** A saga for a person to read: how it is and how far, what somebody has to finish, its ledger where there is one. */
export function sagaReport(saga: z.output<typeof sagaDetail>): string {
  const { id, command, state, status, reason, compensation, attention, workflowId } = saga;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['status', reason === undefined ? status : `${status}, ${reason}`],
    ['compensation', compensation],
    ['attention', attention?.remaining.join(', ')],
    ['failure', attention?.failure],
    ['ended', command.outcome && [command.outcome, command.reason ?? ''].join(' ').trim()],
    ['order', saga.links.order?.endsWith(id) ? undefined : saga.links.order],
    ['workflow', workflowId],
    ['started', saga.startedAt],
    ['updated', saga.updatedAt],
    ['Web UI', saga.links.webUi],
  ];
  const lines = facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${name.padEnd(12)}  ${fact}`]));
  const progress = tableOf(PROGRESS, [saga, ...(saga.others ?? [])]);
  return [`${id}: ${state}`, '', ...lines, '', ...progress, ...ledgerOf(saga.ledger)].join('\n');
}

/** A set's as a table; a trip's progress has a shape of its own. */
function ledgerOf(ledger: unknown): readonly string[] {
  if (ledger === undefined || ledger === null) return [];
  if (Array.isArray(ledger)) return ['', ...tableOf(LEDGER, ledger as LedgerEntry[])];
  return ['', JSON.stringify(ledger, null, 2)];
}
