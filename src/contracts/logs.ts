/** The logs of events. Each store has one; events of two logs have no order between them. */
export const LOGS = ['orders', 'inventory', 'credit'] as const;

export type LogName = (typeof LOGS)[number];

/**
 * The field of event data that stays in the log: the sealed personal data of an order. Only folds of the order read it.
 */
export const UNPUBLISHED_FIELD = 'sealed';
