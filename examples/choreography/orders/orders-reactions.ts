import type { StepAnswer } from '../../../src/domain/decision';
import type { ReservationGiven } from '../../../src/domain/inventory/reservation/reservation';
import { decideOrder, type OrderProposal } from '../../../src/domain/order/create-order';
import type { Deadlines } from '../../../src/domain/order/order';
import type { Refusal } from '../../../src/domain/refusal';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { OrdersStore } from '../../../src/stores/orders/orders-store';
import { type Ask, answerFor, reaction, type Told } from '../reaction';

type OfOrder = Told<{ readonly orderId: string }>;

/** Why an order was refused, or the stock that it has. */
type Answer = StepAnswer<ReservationGiven>;

/** The services that know why an order was refused, and which stock it has. */
export interface Others {
  readonly askCredit: Ask<Refusal>;
  readonly askInventory: Ask<Answer>;
}

/** The orders service: it approves each order that has its stock, and rejects those without credit or stock. */
export function orders(
  store: OrdersStore,
  { askCredit, askInventory }: Others,
  deadlines: Deadlines,
): readonly Subscription[] {
  const decide = (proposals: ReadonlyMap<string, OrderProposal>) =>
    store.decide<'create', object>([...proposals.keys()], ({ order, now }, row) => {
      const decision = decideOrder(order, row, answerFor(proposals, row.id), { ...deadlines, now });
      // The credit service compensates by itself: nobody here hears of its end.
      return { ...decision, commands: decision.commands.map((change) => ({ ...change, close: true })) };
    });
  return [
    reaction({
      name: 'orders-follow-credit',
      follows: 'credit',
      types: ['credit.hold-forestalled.v1'],
      react: async (events: readonly OfOrder[]) =>
        decide(proposalsFor(events, await askCredit(idsOf(events)))),
    }),
    reaction({
      name: 'orders-follow-stock',
      follows: 'inventory',
      types: ['inventory.reservation-committed.v1', 'inventory.reservation-forestalled.v1'],
      react: async (events: readonly OfOrder[]) =>
        decide(proposalsFor(events, await askInventory(idsOf(events)))),
    }),
  ];
}

function idsOf(events: readonly OfOrder[]): readonly string[] {
  return events.map(({ data }) => data.orderId);
}

function proposalsFor(events: readonly OfOrder[], answers: ReadonlyMap<string, Answer>) {
  return new Map(idsOf(events).map((id) => [id, proposalFor(answerFor(answers, id))]));
}

function proposalFor(answer: Answer): OrderProposal {
  if (answer.kind === 'refused') return { ...answer, kind: 'reject' };
  return { kind: 'approve', stock: answer, hasSurplus: false };
}
