import type { SagaView } from '../../contracts/api/sagas';
import { type Column, tableOf } from './table';

const PROGRESS: readonly Column<SagaView>[] = [
  ['command', ({ command }) => nameOf(command)],
  ['done', ({ steps }) => listOf(steps?.done)],
  ['undone', ({ steps }) => listOf(steps?.undone)],
  ['left', ({ steps }) => listOf(steps?.remaining)],
];

const COLUMNS: readonly Column<SagaView>[] = [
  ['saga', ({ id }) => id],
  ['subject', ({ subject }) => subject],
  ['decision', ({ decision, reason }) => [decision ?? '-', reason ?? ''].join(' ').trim()],
  ...PROGRESS,
  ['since', ({ startedAt }) => startedAt],
];

/** Returns the name of a command. Commands that create an order or a trip have the id of their subject. */
function nameOf({ kind, id }: SagaView['command']): string {
  return kind === 'create' || kind === 'trip' ? kind : `${kind} ${id}`;
}

/** Joins step names; `?` when the names are unknown because a store is unreachable. */
function listOf(names: readonly string[] | undefined): string {
  if (names === undefined) return '?';
  return names.join(', ') || '-';
}

/** Formats sagas in a state as a text table, one line per command. */
export function sagaTable(state: string, sagas: readonly SagaView[]): string {
  if (sagas.length === 0) return `No saga: ${state}`;
  return tableOf(COLUMNS, sagas).join('\n');
}

/** Formats a saga as text: its state and its remaining steps. */
export function sagaReport(saga: SagaView): string {
  const { id, subject, state, decision, reason, attention, failure, workflowId } = saga;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['subject', subject],
    ['decision', reason === undefined ? decision : `${decision}, ${reason}`],
    ['attention', attention?.remaining.join(', ')],
    ['failure', attention?.failure ?? failure],
    ['workflow', workflowId],
    ['recorded', saga.startedAt],
    ['updated', saga.updatedAt],
    ['Web UI', saga.links.webUi],
  ];
  const lines = facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${name.padEnd(12)}  ${fact}`]));
  return [`${id}: ${state}`, '', ...lines, '', ...tableOf(PROGRESS, [saga])].join('\n');
}
