import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import type { MemberEnd } from '../../src/contracts/saga';
import { ORDER_ID, ORDER_STATE, REJECT_REASON } from '../../src/contracts/search-attributes';

const orderIds = defineSearchAttributeKey(ORDER_ID, SearchAttributeType.KEYWORD_LIST);
const orderState = defineSearchAttributeKey(ORDER_STATE, SearchAttributeType.KEYWORD_LIST);
const rejectReason = defineSearchAttributeKey(REJECT_REASON, SearchAttributeType.KEYWORD_LIST);

/** Returns the search attribute with the orders or trips of a workflow. */
export function ofSubjects(subjects: readonly string[]): SearchAttributePair[] {
  return [{ key: orderIds, value: [...subjects] }];
}

/** Returns the search attributes with the decisions and reasons of a finished batch. */
export function outcomesOf(ends: readonly Pick<MemberEnd, 'decision' | 'reason'>[]): SearchAttributePair[] {
  const states = ends.flatMap(({ decision }) => (decision === null ? [] : [decision.toUpperCase()]));
  const reasons = ends.flatMap(({ reason }) => reason ?? []);
  return [
    { key: orderState, value: distinct(states) },
    { key: rejectReason, value: distinct(reasons) },
  ];
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}
