/** The states of an open command, as an operator sees its saga. */
export const SAGA_STATES = ['running', 'stuck', 'needs_attention'] as const;

export type SagaState = (typeof SAGA_STATES)[number];
