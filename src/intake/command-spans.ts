import type { LoggedCommand } from '../contracts/command-fields';
import { COMMAND_ID, COMMANDS, SUBJECT, WORKFLOW_ID } from '../tracing/attributes';
import type { SpanOptions } from '../tracing/spans';

type TracedCommand = Pick<LoggedCommand, 'id' | 'subject' | 'wanted'>;

/**
 * Describes a span that carries commands. A lone command continues the trace of its request. Several have a trace of
 * their own with links to those of their requests.
 */
export function spanOfCommands(workflowId: string, commands: readonly TracedCommand[]): SpanOptions {
  const [first, ...others] = commands;
  return {
    origins: commands.map(({ wanted }) => wanted.traceparent ?? undefined),
    attributes: {
      [WORKFLOW_ID]: workflowId,
      [COMMANDS]: commands.length,
      ...(first && others.length === 0 ? { [COMMAND_ID]: first.id, [SUBJECT]: first.subject } : {}),
    },
  };
}
