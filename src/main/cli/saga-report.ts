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

/** What creates an order or a trip goes by the same id. */
function nameOf({ kind, id }: SagaView['command']): string {
  return kind === 'create' || kind === 'trip' ? kind : `${kind} ${id}`;
}

/** Undefined: a store that would tell cannot be reached. */
function listOf(names: readonly string[] | undefined): string {
  if (names === undefined) return '?';
  return names.join(', ') || '-';
}

/** Sagas in a state, for a person to read: a line for each command. */
export function sagaTable(state: string, sagas: readonly SagaView[]): string {
  if (sagas.length === 0) return `No saga: ${state}`;
  return tableOf(COLUMNS, sagas).join('\n');
}

/** A saga for a person to read: how it stands, and what somebody has to finish. */
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
