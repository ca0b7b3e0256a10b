import type { OnOrder, ReportShipment } from '../src/contracts/commands';
import type {
  CancelSteps,
  FoundUnits,
  RejectionSteps,
  RevisionSteps,
  ShippingSteps,
} from '../src/contracts/fulfilment-steps';
import type { StepInput, UndoInput } from '../src/contracts/steps';
import type { Decision, StepAnswer } from '../src/domain/decision';
import { decideConsume } from '../src/domain/inventory/consume';
import { decideExtend, decideUndoExtend, type FoundStock } from '../src/domain/inventory/extend';
import type { SurplusGiven } from '../src/domain/inventory/partner-booking';
import { decideReleaseRest } from '../src/domain/inventory/release-rest';
import { decideReplaceUnits } from '../src/domain/inventory/replace-units';
import type { InventoryEvent } from '../src/domain/inventory/reservation';
import { decideShrink } from '../src/domain/inventory/shrink';
import type { CommandScope, InventoryStore } from '../src/stores/inventory-store';
import { given } from './on-orders';

/** The steps of approved orders on the inventory store. */
export function orderStockSteps(inventory: InventoryStore) {
  return {
    ...revisionSteps(inventory),

    /** Lets what shipments carry leave their nodes, under the commands that shipped them. */
    consumeStock({ members }: StepInput<ReportShipment, ShippingSteps>): Promise<StepAnswer[]> {
      const commands = members.map(({ command, given: has }) => ({
        ...command,
        commandId: given(has.shippedBy),
        reservationId: given(has.reservationId),
        takes: given(has.takes),
      }));
      const scope = scopeOf(commands, skusOf(commands.flatMap(({ takes }) => takes)));
      return inventory.step('consumeStock', commands, scope, (session, command) =>
        decideConsume(session.reservation(command.reservationId), command, session.room, session.now),
      );
    },

    /** Puts units of other nodes, or turns in queues, in the place of those that nodes give back. */
    replaceUnits({
      members,
    }: StepInput<OnOrder, RejectionSteps>): Promise<StepAnswer<FoundUnits & SurplusGiven>[]> {
      const commands = members.map(({ command, given: has }) => ({
        ...command,
        reservationId: given(has.reservationId),
        request: {
          nodeId: given(has.nodeId),
          reason: given(has.reason),
          elsewhere: given(has.elsewhere),
          exhausted: given(has.exhausted),
        },
      }));
      const demands = commands.flatMap(({ request }) => [...request.elsewhere, ...request.exhausted]);
      return inventory.step(
        'replaceUnits',
        commands,
        scopeOf(commands, skusOf(demands)),
        (session, { reservationId, request }) =>
          asFound(decideReplaceUnits(session.reservation(reservationId), request, session.room, session.now)),
      );
    },

    /** Gives back what cancelled orders have, but for what has shipped. */
    releaseRest({ members }: StepInput<OnOrder, CancelSteps>): Promise<StepAnswer<SurplusGiven>[]> {
      const commands = members.map(({ command, given: has }) => ({
        ...command,
        reservationId: given(has.reservationId),
        keeps: given(has.keeps),
      }));
      return inventory.step('releaseRest', commands, scopeOf(commands, null), (session, command) =>
        decideReleaseRest(session.reservation(command.reservationId), command, session.room),
      );
    },
  };
}

function revisionSteps(inventory: InventoryStore) {
  return {
    /** Gets what revised orders need more of, all or nothing, and leaves the others alone. */
    extendStock({ members }: StepInput<OnOrder, RevisionSteps>): Promise<StepAnswer<FoundUnits>[]> {
      const commands = members.map(({ command, given: has }) => ({
        ...command,
        reservationId: given(has.reservationId),
        demands: given(has.increases),
      }));
      const scope = scopeOf(commands, skusOf(commands.flatMap(({ demands }) => demands)));
      return inventory.step('extendStock', commands, scope, (session, command) =>
        asFound(decideExtend(session.reservation(command.reservationId), command, session.room, session.now)),
      );
    },

    /** The undo of extendStock; before it has happened it leaves a tombstone. */
    undoExtend({ members }: UndoInput<OnOrder>): Promise<StepAnswer[]> {
      const commands = members.map(({ command }) => command);
      const orderIds = commands.map(({ orderId }) => orderId);
      const scope = { skus: null, reservationIds: [], orderIds, claims: [] };
      return inventory.step('undoExtend', commands, scope, (session, command) =>
        decideUndoExtend(session.reservationOfOrder(command.orderId), command),
      );
    },

    /** Gives back what revised orders have less of, once they cannot fail any more. */
    shrinkStock({ members }: StepInput<OnOrder, RevisionSteps>): Promise<StepAnswer<SurplusGiven>[]> {
      const commands = members.map(({ command, given: has }) => ({
        ...command,
        reservationId: given(has.reservationId),
        decreases: given(has.decreases),
      }));
      const scope = scopeOf(commands, skusOf(commands.flatMap(({ decreases }) => decreases)));
      return inventory.step('shrinkStock', commands, scope, (session, command) =>
        decideShrink(session.reservation(command.reservationId), command.decreases, session.room),
      );
    },
  };
}

function scopeOf(
  commands: readonly { readonly reservationId: string }[],
  skus: readonly string[] | null,
): CommandScope {
  const reservationIds = commands.map(({ reservationId }) => reservationId);
  return { skus, reservationIds, orderIds: [], claims: [] };
}

function skusOf(units: readonly { readonly sku: string }[]): readonly string[] {
  return [...new Set(units.map(({ sku }) => sku))].sort();
}

function asFound(
  decision: Decision<StepAnswer<FoundStock & SurplusGiven>, InventoryEvent>,
): Decision<StepAnswer<FoundUnits & SurplusGiven>, InventoryEvent> {
  const { answer } = decision;
  if (answer.kind === 'refused') return { ...decision, answer };
  const { allocations, backordered, ...rest } = answer;
  return { ...decision, answer: { ...rest, found: { allocations, backordered } } };
}
