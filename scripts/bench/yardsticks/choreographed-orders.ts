import { randomUUID } from 'node:crypto';
import { participants } from '../../../examples/choreography/participants';
import { follow } from '../../../src/events/subscriptions/follow';
import type { CarryBatch } from '../../../src/intake/intake';
import type { ProcessContext } from '../../../src/main/roles/process-context';
import { followLogs } from '../../../src/main/roles/subscriptions';
import type { NewCommand } from '../../../src/stores/orders/command-rows';
import { observed } from '../events/drain';

/** Orders that no saga carries: they are recorded, and the participants of the choreography react in this process. */
export class ChoreographedOrders {
  #areFollowed = false;

  constructor(private readonly context: ProcessContext) {}

  /** Records a batch. On its first use it starts the participants, and the subscriptions that a relay runs anyway. */
  readonly record: CarryBatch<NewCommand<'create'>, string> = async (batch) => {
    if (!this.#areFollowed) this.#follow();
    this.#areFollowed = true;
    const answers = await this.context.stores.orders.recordOrders(randomUUID(), batch);
    return { answers: answers.map(({ kind }) => kind), ended: Promise.resolve() };
  };

  /** Places an order, and waits until the orders service has decided it. Returns the answer of the record. */
  async place(command: NewCommand<'create'>, submit: (command: NewCommand<'create'>) => Promise<string>) {
    const listening = this.context.callers.listen(command.id);
    const answer = await submit(command);
    await listening.told;
    listening.stop();
    return answer;
  }

  #follow(): void {
    const { stores, settings, callers, processId: owner } = this.context;
    const { signal } = new AbortController();
    void followLogs(this.context, signal);
    for (const one of participants(stores, settings.deadlines)) {
      const isDeciding = one.name.startsWith('orders-');
      const told = observed(one, (events) => {
        if (isDeciding) callers.tell(events.map(({ correlation }) => correlation));
      });
      void follow(told, {
        store: stores.subscriptions[one.log],
        owner,
        signal,
        onError: (name, error) => console.error(name, error),
      });
    }
  }
}
