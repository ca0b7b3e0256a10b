/**
 * The search attributes of every saga, for searches in the Temporal Web UI.
 *
 * SQL visibility stores have exactly three keyword-list columns, and a saga carries a batch of orders, so there is no
 * room for another attribute. The order ids of a batch must fit one value of 2,048 bytes.
 */
export const ORDER_ID = 'OrderId';
export const ORDER_STATE = 'OrderState';
export const REJECT_REASON = 'RejectReason';

/** The type of each attribute. The Temporal server needs them registered before the first workflow sets them. */
export const SEARCH_ATTRIBUTES = {
  [ORDER_ID]: 'KeywordList',
  [ORDER_STATE]: 'KeywordList',
  [REJECT_REASON]: 'KeywordList',
} as const;
