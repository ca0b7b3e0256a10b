import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { ORDER_ID, ORDER_STATE, REJECT_REASON } from '../src/contracts/search-attributes';

const orderIds = defineSearchAttributeKey(ORDER_ID, SearchAttributeType.KEYWORD_LIST);
const orderState = defineSearchAttributeKey(ORDER_STATE, SearchAttributeType.KEYWORD_LIST);
const rejectReason = defineSearchAttributeKey(REJECT_REASON, SearchAttributeType.KEYWORD_LIST);

/** What a workflow about one order is found by. */
export function ofOrder(orderId: string): SearchAttributePair[] {
  return [{ key: orderIds, value: [orderId] }];
}

/** An order whose outcome is still to come. */
export const PENDING: SearchAttributePair = { key: orderState, value: ['PENDING'] };

/** What a finished set is found by in the Web UI: every final state in it, and every reason. */
export function milestoneOf(
  outcomes: readonly { readonly kind: string; readonly reason?: string }[],
): SearchAttributePair[] {
  const states = outcomes.map(({ kind }) => kind.toUpperCase());
  const reasons = outcomes.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  return [
    { key: orderState, value: distinct(states) },
    { key: rejectReason, value: distinct(reasons) },
  ];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
