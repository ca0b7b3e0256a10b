/**
 * The search attributes every saga carries, so that people can find it in the Temporal Web UI.
 *
 * SQL visibility stores have exactly three keyword-list columns, and a saga carries a set of orders: this is all
 * there is room for. The order ids of a set must fit one value of 2,048 bytes.
 */
export const ORDER_ID = 'OrderId';
export const ORDER_STATE = 'OrderState';
export const REJECT_REASON = 'RejectReason';

/** Name to type, as the Temporal server wants them registered before the first workflow sets them. */
export const SEARCH_ATTRIBUTES = {
  [ORDER_ID]: 'KeywordList',
  [ORDER_STATE]: 'KeywordList',
  [REJECT_REASON]: 'KeywordList',
} as const;
