import { WorkflowFailedError } from '@temporalio/client';
import { TerminatedFailure } from '@temporalio/common';
import fc from 'fast-check';
import { fillBackorders } from '../../src/events/fill-backorders';
import { dueShipmentsWatch } from '../../src/intake/due-shipments-watch';
import { takenOrdersWatch } from '../../src/intake/taken-orders-watch';
import { auditBooks } from '../../src/stores/audit';
import { sagaId } from '../../src/temporal/saga-starter';
import { commandFor, type DrawnCommand, type OrderCommand, stories } from '../domain/order-play';
import { SeededRandom } from '../stores/seeded-random';
import { FollowedLogs } from '../support/followed-logs';
import { counted, itemAtNodes } from '../support/item-at-nodes';
import { placed, rowOf } from '../support/order-changes';
import { AT_ONCE, type Disturbance, disturbances, SAGAS } from '../support/order-disturbances';
import { type FailpointWorker, readyWorker } from '../support/saga-failpoints';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';
import { orderOf, randomId } from '../support/saga-orders';
import { tellOrders } from '../support/told-orders';

const RUNS = 4;

let fixture: SagaFixture;
let followed: FollowedLogs;
let worker: FailpointWorker;
/** Got ready while the one before it works. */
let next: Promise<FailpointWorker>;

beforeAll(async () => {
  // Deadlines have passed whenever somebody looks.
  const deadlines = { acceptSeconds: 0, shipSeconds: 0, captureSeconds: 0 };
  fixture = await openSagaFixture({ worker: false, eager: false, deadlines });
  followed = await FollowedLogs.open(fixture);
  worker = await readyWorker(fixture);
  next = readyWorker(fixture);
  await worker.work();
});
afterAll(async () => {
  await worker.end();
  await (await next).end();
  await followed.close();
  await fixture.close();
});

/** An order that commands are given to, and all that they were answered. */
class Play {
  readonly #given: OrderCommand[] = [];
  readonly #answers = new Map<string, Set<string>>();
  #counts = 1;

  constructor(
    private readonly id: string,
    private readonly sku: string,
  ) {}

  async round(drawn: readonly DrawnCommand[], disturbed: Disturbance): Promise<void> {
    const { twice, again, death, lost, isLate, delivered, mishap } = disturbed;
    if (mishap) followed.meet(mishap.log, mishap.kind);
    const order = await rowOf(fixture, this.id);
    const commands = drawn.map((one) => this.#ownItem(commandFor(order, one, `cmd_${randomId()}`)));
    this.#given.push(...commands);
    const dying = death && commands[death.command];
    if (dying) {
      const steps = SAGAS[dying.kind][1];
      const step = steps[death.step % steps.length] ?? steps[0];
      await worker.work({ step, moment: death.moment, among: [dying.commandId] });
    }
    const repeated = [commands[twice], this.#given[again]].flatMap((one) => one ?? []);
    const sagas = [
      ...(await Promise.all(commands.map((one) => this.#give(one)))),
      ...(await Promise.all(repeated.map((one) => this.#giveAgain(one)))),
    ];
    if (delivered !== null) sagas.push(await this.#deliver(delivered));
    const looked = isLate ? this.#look() : undefined;
    const losing = lost === null ? undefined : commands[lost];
    if (losing) await this.#lose(losing);
    const ended = Promise.all([looked, ...sagas.map((saga) => saga.ended)]);
    const isDead = dying && (await Promise.race([worker.death, ended.then(() => null)]));
    // What is left of a saga that is over may come to where the worker dies just now.
    const goesOn =
      !isDead &&
      (await worker.work().then(
        () => true,
        () => false,
      ));
    if (!goesOn) {
      worker = await next;
      await worker.work();
      next = readyWorker(fixture);
    }
    await ended;
  }

  /** What is added to an order is of the item that there is. */
  #ownItem(command: OrderCommand): OrderCommand {
    if (command.kind !== 'revise') return command;
    const lines = command.lines.map((line) => ({ ...line, sku: this.sku }));
    return { ...command, lines };
  }

  #whole(command: OrderCommand) {
    const { id: orderId, sku: customerId } = this;
    return { ...command, caller: 'tester', correlation: orderId, orderId, customerId, tracking: null };
  }

  async #give(command: OrderCommand): Promise<Under> {
    const start = fixture.context.starters[SAGAS[command.kind][0]] as (
      commands: readonly object[],
    ) => Promise<{ readonly outcomes: Promise<unknown> }>;
    const { outcomes } = await start([this.#whole(command)]);
    return { ended: this.#heard(command, outcomes) };
  }

  /** The same command in a workflow of its own, as if two processes had taken it. */
  async #giveAgain(command: OrderCommand): Promise<Under> {
    const { temporal, settings } = fixture.context;
    const handle = await temporal.client.workflow.start(SAGAS[command.kind][0], {
      taskQueue: settings.taskQueue,
      workflowId: `again/${randomId()}`,
      workflowTaskTimeout: '2 seconds',
      args: [[this.#whole(command)]],
    });
    return { ended: this.#heard(command, handle.result()) };
  }

  async #heard({ kind, commandId }: OrderCommand, outcomes: Promise<unknown>): Promise<void> {
    const [outcome] = (await outcomes.catch(orLost)) as readonly { kind: string; reason?: string }[];
    if (!outcome) return;
    const answers = this.#answers.get(commandId) ?? new Set();
    // A deadline is looked at anew each time; every other command has one answer.
    if (kind !== 'overdue') this.#answers.set(commandId, answers.add(outcome.reason ?? outcome.kind));
  }

  async #deliver(units: number): Promise<Under> {
    this.#counts += 1;
    await counted(fixture, this.sku, { 'wh-south': units }, this.#counts);
    const { inventory, inventoryReads } = fixture.context.stores;
    const entries = await inventoryReads.waitingTurns([this.sku], AT_ONCE);
    const filled = fillBackorders(inventory, entries);
    // Half of the time the order hears of it only after everything else.
    return { ended: units % 2 === 0 ? filled.then(() => tellOrders(fixture)) : filled };
  }

  /** Ends a saga from outside, wherever it is. */
  async #lose({ kind, commandId }: OrderCommand): Promise<void> {
    const { workflow } = fixture.context.temporal.client;
    const handle = workflow.getHandle(sagaId(SAGAS[kind][0], [commandId]));
    // It may have ended by itself.
    await handle.terminate('a test').catch(() => undefined);
  }

  /** Whoever watches looks, and takes for lost whatever has not ended. */
  async #look(isDue: (state: string) => boolean = () => true): Promise<void> {
    const { stores, starters } = fixture.context;
    const reads = {
      orders: (ids: readonly string[]) => stores.ordersReads.orders(ids),
      dueShipments: async (limit: number) =>
        (await stores.ordersReads.dueShipments(limit)).filter(
          ({ orderId, state }) => orderId === this.id && isDue(state),
        ),
    };
    await fixture.sql(
      `UPDATE orders."order" SET updated_at = updated_at - interval '1 minute' WHERE id = $1`,
      [this.id],
    );
    await takenOrdersWatch(stores.ordersReads, fixture.intakes).look();
    // The log knows when it really was.
    await fixture.sql(
      `UPDATE orders."order" SET updated_at = updated_at + interval '1 minute'
       WHERE id = $1 AND updated_at < now() - interval '55 seconds'`,
      [this.id],
    );
    await dueShipmentsWatch({
      reads,
      expire: starters.expireShipments,
      resume: starters.resumeShipments,
    }).look();
  }

  /** Waits until everything that was lost has been brought to its end, and holds the books against the order. */
  async settle(): Promise<void> {
    await eventually(async () => {
      await tellOrders(fixture);
      await this.#look((state) => state === 'SHIPPED' || state === 'DELIVERED');
      const { pending, status, total } = await rowOf(fixture, this.id);
      const [account] = await fixture.sql<{ worth: number }>(
        `SELECT (held + captured_unpaid)::int AS worth FROM credit.account WHERE customer_id = $1`,
        [this.sku],
      );
      expect([pending, account?.worth]).toEqual([null, status === 'CANCELLED' ? 0 : total]);
      expect(await auditBooks(fixture.context.stores, { isQuiet: true })).toEqual([]);
      expect(await underWay()).toEqual([]);
    });
    await followed.check();
    const heard = [...this.#answers].map(([commandId, answers]) => [commandId, ...answers]);
    expect(heard.filter((answers) => answers.length > 2 || answers.includes('PROCESSING_FAILED'))).toEqual(
      [],
    );
  }
}

/** I4: the orders on which something is under way, or that need attention, as operators are shown them. */
async function underWay(): Promise<readonly string[]> {
  const { sagaReads } = fixture.context.stores;
  const states = ['running', 'needs_attention'] as const;
  const lists = await Promise.all(states.map((state) => sagaReads.ordersUnderWay(state, AT_ONCE)));
  return lists.flat().map(({ id }) => id);
}

/** A saga under way. */
interface Under {
  readonly ended: Promise<unknown>;
}

/** Nobody is told how a saga ended that was ended from outside. */
function orLost(error: unknown): readonly never[] {
  if (error instanceof WorkflowFailedError && error.cause instanceof TerminatedFailure) return [];
  throw error;
}

test(`commands on one order, some at a time, with deaths, losses, duplicates and deadlines: nothing stays taken (seed ${SeededRandom.seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(stories, disturbances, async ({ moves }, disturbed) => {
      const sku = await itemAtNodes(fixture, { 'wh-north': 3, 'wh-south': 8 }, 'unlimited');
      const { id } = await placed(fixture, orderOf([[sku, 4, 9]], { customerId: sku }));
      const play = new Play(id, sku);
      const drawn = moves.flatMap((move) => (move.do === 'begin' ? [move.command] : []));
      for (const [round, disturbance] of disturbed.entries()) {
        await play.round(drawn.slice(round * AT_ONCE, (round + 1) * AT_ONCE), disturbance);
        await play.settle();
      }
    }),
    { numRuns: RUNS, seed: SeededRandom.seed, endOnFailure: true },
  );
});
