import { randomBytes } from 'node:crypto';
import { workflowOf } from '../contracts/plans';
import { batchIdOf, type SagaMember } from '../contracts/saga';
import type { CommandKind, CommandRow } from '../domain/command/recorded-command';
import { explained, REFUSALS, type RefusalReason } from '../domain/refusal';
import type { SagaStart } from '../temporal/saga-client';
import { commandLine } from './commands';

/** Makes a fresh id for the workflow of a batch, named after the subject of its first command. */
export function freshWorkflowId(workflow: string, subject: string): string {
  return batchIdOf(workflow, subject, randomBytes(5).toString('hex'));
}

/** Makes a fresh id for the workflow that carries commands of a kind. */
export function freshSagaId(kind: CommandKind, subject: string): string {
  return freshWorkflowId(workflowOf(kind) ?? kind, subject);
}

/** The parts of a command's row that the start of its saga needs. */
export type StartedCommand = Pick<
  CommandRow,
  'id' | 'kind' | 'subject' | 'wanted' | 'recordedAt' | 'decision'
>;

/** Returns the start of a saga for commands of one kind; undefined without commands, or when no workflow carries them. */
export function sagaStart(workflowId: string, commands: readonly StartedCommand[]): SagaStart | undefined {
  const [first] = commands;
  const workflow = first ? workflowOf(first.kind) : null;
  if (workflow === null) return undefined;
  const members = commands.map(memberOf);
  return {
    workflow,
    workflowId,
    input: { members },
    lines: members.map(({ line }) => line),
    subjects: members.map(({ subject }) => subject),
  };
}

/** Returns the member of a saga that carries a command. */
export function memberOf(command: StartedCommand): SagaMember {
  const { id, subject, decision, recordedAt } = command;
  const cause = causeOf(decision);
  return {
    id,
    subject,
    decision: decision?.kind ?? null,
    recordedAt,
    line: commandLine(command),
    ...(cause === undefined ? {} : { cause }),
  };
}

function causeOf(decision: StartedCommand['decision']): string | undefined {
  if (decision?.kind !== 'rejected' && decision?.kind !== 'turned-back') return undefined;
  const { reason } = decision;
  return reason in REFUSALS ? explained({ ...decision, reason: reason as RefusalReason }) : undefined;
}
