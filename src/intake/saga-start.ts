import { randomBytes } from 'node:crypto';
import { workflowOf } from '../contracts/plans';
import { batchIdOf, type SagaMember } from '../contracts/saga';
import type { CommandKind } from '../domain/command/recorded-command';
import type { SagaStart } from '../temporal/saga-client';

/** Makes a fresh id for the workflow of a batch, named after the subject of its first command. */
export function freshWorkflowId(workflow: string, subject: string): string {
  return batchIdOf(workflow, subject, randomBytes(5).toString('hex'));
}

/** Makes a fresh id for the workflow that carries commands of a kind. */
export function freshSagaId(kind: CommandKind, subject: string): string {
  return freshWorkflowId(workflowOf(kind) ?? kind, subject);
}

/** Returns the start of a saga for commands of one kind; undefined when no workflow carries that kind. */
export function sagaStart(
  kind: CommandKind,
  workflowId: string,
  members: readonly SagaMember[],
): SagaStart | undefined {
  const workflow = workflowOf(kind);
  if (workflow === null) return undefined;
  return {
    workflow,
    workflowId,
    input: { members },
    lines: members.map(({ line }) => line),
    subjects: members.map(({ subject }) => subject),
  };
}
