import type { LogName } from '../../src/contracts/logs';
import { LARGEST_BATCH } from '../../src/contracts/saga';
import type { Subscription } from '../../src/events/subscriptions/subscription';
import type { PositionedEvent } from '../../src/stores/log/event-rows';

/** An event with the data of its type. */
export type Told<Data> = Omit<PositionedEvent, 'data'> & { readonly data: Data };

/** The events of one log that a participant reacts to. Their type in `Data` is the promise of whoever writes that log. */
export interface Reaction<Data> {
  readonly name: string;
  readonly follows: LogName;
  readonly types: readonly string[];
  /** Handles events in the order of their log. The same events may come again. */
  react(events: readonly Told<Data>[]): Promise<unknown>;
}

/** Creates the subscription of a reaction. */
export function reaction<Data>({ name, follows, types, react }: Reaction<Data>): Subscription {
  return {
    name,
    log: follows,
    revision: 1,
    types,
    handler: {
      kind: 'reaction',
      async react(events) {
        for (let from = 0; from < events.length; from += LARGEST_BATCH)
          await react(events.slice(from, from + LARGEST_BATCH) as unknown as readonly Told<Data>[]);
      },
    },
  };
}

/** Asks another service for something about some orders. */
export type Ask<Answer> = (orderIds: readonly string[]) => Promise<ReadonlyMap<string, Answer>>;

/** Returns the answer for an order. @throws Error when there is none: the event waits, or is parked */
export function answerFor<Answer>(answers: ReadonlyMap<string, Answer>, orderId: string): Answer {
  const answer = answers.get(orderId);
  if (answer === undefined) throw new Error(`the other service knows nothing of order ${orderId}`);
  return answer;
}
