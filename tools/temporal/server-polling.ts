/**
 * The limit of polls per second of a queue shard. With the default of 20 every task of a lone workflow waits up to 50
 * ms. This limit reduced a workflow of three activities from 350 to 94 ms.
 */
const MAX_POLLS_PER_SECOND = 1_000;

/** The dynamic settings of a Temporal server that serves Holdfast alone. */
export const SERVER_POLLING: Readonly<Record<string, number>> = Object.fromEntries(
  ['transfer', 'timer', 'visibility'].map((queue) => [
    `history.${queue}ProcessorMaxPollRPS`,
    MAX_POLLS_PER_SECOND,
  ]),
);
