import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { ORDER_ID } from '../contracts/search-attributes';
import { WORKFLOWS } from '../contracts/workflow-names';
import { detailsOf, type SagaLook, sagaId } from './saga-starter';

export const orderIdKey = defineSearchAttributeKey(ORDER_ID, SearchAttributeType.KEYWORD_LIST);

/** The most ids that fit one search attribute of 2,048 bytes, so that every member of a set can be found by its own. */
export const LARGEST_SET = 85;

/** How a set of commands looks; `line` is what is said of each. */
export function lookOf<
  C extends { readonly commandId: string; readonly caller: string; readonly correlation: string },
>(command: keyof typeof WORKFLOWS, commands: readonly C[], line: (command: C) => string): SagaLook {
  const [first] = commands;
  return {
    workflowType: WORKFLOWS[command],
    workflowId: sagaId(
      command,
      commands.map(({ commandId }) => commandId),
    ),
    summary: commands.length === 1 && first ? line(first).slice(0, 180) : `${commands.length} members`,
    details: detailsOf(commands, line),
    searchAttributes: [{ key: orderIdKey, value: commands.map(({ correlation }) => correlation) }],
  };
}

/** The first lines, for people. */
export function linesOf(lines: readonly { readonly sku: string; readonly quantity: number }[]): string {
  const shown = lines.slice(0, 3).map(({ sku, quantity }) => `${quantity} x ${sku}`);
  return lines.length > shown.length
    ? `${shown.join(', ')} and ${lines.length - shown.length} more`
    : shown.join(', ');
}
