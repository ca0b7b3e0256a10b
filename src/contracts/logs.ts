/** The logs of events. Each store has one; events of two logs have no order between them. */
export const LOGS = ['orders', 'inventory', 'credit'] as const;

export type LogName = (typeof LOGS)[number];
