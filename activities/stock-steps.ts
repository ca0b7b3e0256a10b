import type { CreateOrder, ReserveInventory } from '../src/contracts/commands';
import type { OrderToUndo, StepInput, UndoInput } from '../src/contracts/steps';
import { type StepAnswer, unchanged } from '../src/domain/decision';
import { decideAdopt } from '../src/domain/inventory/adopt';
import { decideRelease } from '../src/domain/inventory/release';
import { type ReservationGiven, reservationIdOf } from '../src/domain/inventory/reservation';
import { decideReserve, type ReserveDecision, type ReserveRequest } from '../src/domain/inventory/reserve';
import { sumBySku } from '../src/domain/inventory/sourcing';
import { refused } from '../src/domain/refusal';
import type { InventorySession } from '../src/stores/inventory-session';
import type { CommandScope, InventoryStore } from '../src/stores/inventory-store';
import { orderStockSteps } from './order-stock-steps';

/** The steps of orders and of stand-alone reservations on the inventory store. */
export function stockSteps(inventory: InventoryStore) {
  return {
    ...orderStockSteps(inventory),

    /** Commits stock to orders at the nodes chosen for them, or the hold that an order names. */
    commitStock({ members }: StepInput<CreateOrder>): Promise<StepAnswer<ReservationGiven>[]> {
      const commands = members.map(({ command }) => command);
      const named = commands.flatMap(({ reservationId }) => reservationId ?? []);
      const scope = scopeOfOrders(commands);
      const withNamed = { ...scope, reservationIds: [...scope.reservationIds, ...named] };
      return inventory.step('commitStock', commands, withNamed, commitOne);
    },

    /** The undo of commitStock; before it has happened it leaves a tombstone. */
    releaseStock({ members }: UndoInput<OrderToUndo>): Promise<StepAnswer[]> {
      const commands = members.map(({ command, reason }) => ({ ...command, reason }));
      return inventory.step('releaseStock', commands, scopeOfOrders(commands), (session, command) => {
        const { commandId: orderId, caller, reason } = command;
        const existing = session.reservationOfOrder(orderId) ?? session.reservation(reservationIdOf(orderId));
        return decideRelease(existing, { reservationId: reservationIdOf(orderId), caller, orderId, reason });
      });
    },

    /** Holds stock for a while, for no order yet. */
    holdStock({ members }: StepInput<ReserveInventory>): Promise<StepAnswer<ReservationGiven>[]> {
      const commands = members.map(({ command }) => command);
      const scope: CommandScope = {
        skus: skusOf(commands.flatMap(({ demands }) => demands)),
        reservationIds: commands.map(({ commandId }) => commandId),
        orderIds: [],
        claims: commands.map(({ caller, idempotencyKey: key }) => ({ caller, key })),
      };
      return inventory.step('holdStock', commands, scope, holdOne);
    },
  };
}

function commitOne(session: InventorySession, command: CreateOrder): ReserveDecision {
  const orderId = command.commandId;
  const request: ReserveRequest & { orderId: string } = {
    reservationId: reservationIdOf(orderId),
    caller: command.caller,
    orderId,
    demands: sumBySku(command.lines),
    buyer: { region: command.region, channel: command.channel, customerId: command.customerId },
    ttlSeconds: null,
  };
  const own = session.reservation(request.reservationId);
  const adopted =
    command.reservationId && !own
      ? decideAdopt(session.reservation(command.reservationId), request, session.room, session.now)
      : undefined;
  return adopted ?? decideReserve(own, request, session.room, session.now);
}

function holdOne(session: InventorySession, command: ReserveInventory): ReserveDecision {
  const {
    commandId: reservationId,
    caller,
    idempotencyKey: key,
    fingerprint,
    demands,
    region,
    channel,
    ttlSeconds,
  } = command;
  if (!session.claim({ caller, key, fingerprint, reservationId }))
    return unchanged(refused('IDEMPOTENCY_KEY_REUSED'));
  const buyer = { region, channel, customerId: null };
  const request = { reservationId, caller, orderId: null, demands: sumBySku(demands), buyer, ttlSeconds };
  return decideReserve(session.reservation(reservationId), request, session.room, session.now);
}

function scopeOfOrders(orders: readonly OrderToUndo[]): CommandScope {
  return {
    skus: skusOf(orders.flatMap(({ lines }) => lines)),
    reservationIds: orders.map(({ commandId }) => reservationIdOf(commandId)),
    orderIds: orders.map(({ commandId }) => commandId),
    claims: [],
  };
}

function skusOf(lines: readonly { readonly sku: string }[]): readonly string[] {
  return [...new Set(lines.map(({ sku }) => sku))].sort();
}
