import type { ReservationOutcome, ReserveInventory } from '../src/contracts/commands';
import type { CommandRow, Decisions, RecordedCommand } from '../src/domain/command/recorded-command';
import { type Decision, type StepAnswer, unchanged } from '../src/domain/decision';
import { sumBySku } from '../src/domain/inventory/limits/demand';
import type { Buyer } from '../src/domain/inventory/limits/eligibility';
import { decideAdopt } from '../src/domain/inventory/reservation/adopt';
import { decideConsume } from '../src/domain/inventory/reservation/consume';
import {
  decideExtend,
  decideUndoExtend,
  type ExtendedStock,
  type FoundStock,
} from '../src/domain/inventory/reservation/extend';
import { decideRelease } from '../src/domain/inventory/reservation/release';
import { decideReleaseRest } from '../src/domain/inventory/reservation/release-rest';
import { decideReplaceUnits } from '../src/domain/inventory/reservation/replace-units';
import {
  type InventoryEvent,
  type ReservationGiven,
  reservationIdOf,
} from '../src/domain/inventory/reservation/reservation';
import { decideReserve, type ReserveDecision } from '../src/domain/inventory/reservation/reserve';
import { decideRestock } from '../src/domain/inventory/reservation/restock';
import { decideShrink } from '../src/domain/inventory/reservation/shrink';
import { refused } from '../src/domain/refusal';
import type { InventoryScope, InventorySession } from '../src/stores/inventory/inventory-session';
import type { CommandScope, InventoryStore } from '../src/stores/inventory/inventory-store';
import { causeOf } from '../src/stores/orders/command-rows';
import type { StepDeps } from './step-deps';

/** Creates the steps of commands on the inventory store. */
export function stockSteps(deps: StepDeps) {
  const { inventory, commandCache } = deps.stores;
  const commitOne = committing(deps);
  return {
    ...revisionSteps(deps),

    /** Commits stock to orders: converts the hold that an order names, or reserves at sourced nodes. */
    async commitStock(ids: readonly string[]): Promise<StepAnswer<ReservationGiven>[]> {
      const commands = await commandCache.recorded<'create'>(ids);
      const named = commands.flatMap(({ wanted: { reservationId } }) => reservationId ?? []);
      const scope = scopeOfOrders(commands);
      const withNamed = { ...scope, reservationIds: [...scope.reservationIds, ...named] };
      return take(inventory, 'commitStock', commands, withNamed, commitOne);
    },

    /** Compensates commitStock. Leaves a tombstone when commitStock has not run yet. */
    async releaseStock(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = await commandCache.decided<'create'>(ids);
      return take(inventory, 'releaseStock', commands, scopeOfOrders(commands), (session, command) => {
        const { subject: orderId, caller, decision } = command;
        const reservationId = reservationIdOf(orderId);
        const reason = decision.kind === 'rejected' ? decision.reason : 'CANCELLED';
        const existing = session.reservationOfOrder(orderId) ?? session.reservation(reservationId);
        return decideRelease(existing, { reservationId, caller, orderId, reason });
      });
    },

    /** Consumes the units of shipments at their nodes, as of the moment that the reports were recorded. */
    async consumeStock(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = await commandCache.decided<'ship'>(ids);
      const skus = skusOf(commands.flatMap(({ decision: { takes } }) => takes));
      return take(inventory, 'consumeStock', commands, scopeOf(commands, skus), (session, command) => {
        const { decision, wanted, recordedAt } = command;
        const request = { shipmentId: wanted.shipmentId, takes: decision.takes };
        return decideConsume(session.reservation(decision.reservationId), request, session.room, recordedAt);
      });
    },

    /** Adds returned units to the stock of the nodes that received them, as of the moment of the record. */
    async restockUnits(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = await commandCache.decided<'return'>(ids);
      const arrivals = commands.flatMap(({ decision: { nodeId, units } }) =>
        units.map(({ sku }) => ({ sku, nodeId })),
      );
      const scope = { skus: skusOf(arrivals), reservationIds: [], orderIds: [], claims: [], arrivals };
      return take(inventory, 'restockUnits', commands, scope, (session, command) => {
        const { id: returnId, decision, recordedAt: returnedAt } = command;
        return decideRestock({ returnId, ...decision, returnedAt }, session.room);
      });
    },

    /** Replaces the units that nodes rejected by allocations at other nodes or by backorders. */
    async replaceUnits(ids: readonly string[]): Promise<StepAnswer<FoundStock>[]> {
      const commands = await commandCache.decided<'reject'>(ids);
      const skus = skusOf(commands.flatMap(({ decision: { lines } }) => lines));
      const scope = { ...scopeOf(commands, skus), freesUnits: true, refusals: refusalsOf(commands) };
      const answers = await take(inventory, 'replaceUnits', commands, scope, (session, command) => {
        const { decision, recordedAt } = command;
        const existing = session.reservation(decision.reservationId);
        const moments = { now: session.now, saidAt: recordedAt, retrySeconds: deps.retryNodeSeconds };
        return decideReplaceUnits(existing, decision, session.room, moments);
      });
      for (const command of commands) deps.observer.unitsReallocated(command, command.decision);
      return answers;
    },

    /** Releases the unshipped units of cancelled orders. */
    async releaseRest(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = await commandCache.decided<'cancel'>(ids);
      const cancelled = commands.map((command) => ({ ...command, decision: cancellationOf(command) }));
      return take(inventory, 'releaseRest', cancelled, scopeOf(cancelled, null), (session, command) => {
        const { decision, caller, subject: orderId } = command;
        const existing = session.reservation(decision.reservationId);
        return decideReleaseRest(existing, { ...decision, caller, orderId }, session.room);
      });
    },
  };
}

/** Creates the steps of revisions. */
function revisionSteps({ stores: { inventory, commandCache } }: StepDeps) {
  return {
    /** Commits the additional units of each revised order, all or nothing. */
    async extendStock(ids: readonly string[]): Promise<StepAnswer<ExtendedStock>[]> {
      const commands = (await commandCache.recorded<'revise'>(ids)).map((command) => ({
        ...command,
        decision: recordedRevision(command),
      }));
      const skus = skusOf(commands.flatMap(({ decision: { increases } }) => increases));
      return take(inventory, 'extendStock', commands, scopeOf(commands, skus), (session, command) => {
        const { id: commandId, decision } = command;
        const { increases: demands, decreases, shipments } = decision;
        const request = { commandId, demands, decreases, shipments };
        return decideExtend(session.reservation(decision.reservationId), request, session.room, session.now);
      });
    },

    /** Compensates extendStock. Leaves a tombstone when extendStock has not run yet. */
    async undoExtend(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = await commandCache.recorded<'revise'>(ids);
      const orderIds = commands.map(({ subject }) => subject);
      const scope = { skus: null, reservationIds: [], orderIds, claims: [] };
      return take(inventory, 'undoExtend', commands, scope, (session, { id: commandId, subject }) =>
        decideUndoExtend(session.reservationOfOrder(subject), { commandId }),
      );
    },

    /** Releases the units that applied revisions remove. */
    async shrinkStock(ids: readonly string[]): Promise<StepAnswer[]> {
      const commands = (await commandCache.decided<'revise'>(ids)).map((command) => ({
        ...command,
        decision: applicationOf(command),
      }));
      const skus = skusOf(commands.flatMap(({ decision: { decreases } }) => decreases));
      return take(inventory, 'shrinkStock', commands, scopeOf(commands, skus), (session, { decision }) =>
        decideShrink(session.reservation(decision.reservationId), decision.decreases, session.room),
      );
    },
  };
}

/** Creates the step that holds stock for a limited time, for carts that are not orders yet. */
export function holdSteps(deps: Pick<StepDeps, 'stores' | 'maxShipments'>) {
  const { inventory } = deps.stores;
  const holdOne = holding(deps);
  return {
    async holdStock(commands: readonly ReserveInventory[]): Promise<ReservationOutcome[]> {
      const scope: CommandScope = {
        skus: skusOf(commands.flatMap(({ demands }) => demands)),
        reservationIds: commands.map(({ commandId }) => commandId),
        orderIds: [],
        claims: commands.map(({ caller, idempotencyKey: key }) => ({ caller, key })),
      };
      const answers = await inventory.step('holdStock', commands, scope, holdOne);
      return commands.map(({ commandId }, at) => heldOrRefused(commandId, answers[at]));
    },
  };
}

function heldOrRefused(
  reservationId: string,
  answer: StepAnswer<ReservationGiven> | undefined,
): ReservationOutcome {
  if (!answer) throw new Error(`holdStock returned no answer for reservation ${reservationId}`);
  if (answer.kind === 'refused') return { ...answer, reservationId };
  const { allocations, expiresAt } = answer;
  return { kind: 'held', reservationId, allocations, expiresAt: expiresAt ?? '' };
}

type Stocked = Pick<CommandRow, 'id' | 'caller' | 'keyId' | 'subject' | 'wanted'>;

function take<Command extends Stocked, Answer extends StepAnswer>(
  inventory: InventoryStore,
  step: string,
  commands: readonly Command[],
  scope: CommandScope,
  decide: (session: InventorySession, command: Command) => Decision<Answer, InventoryEvent>,
): Promise<Answer[]> {
  const caused = commands.map((command) => ({ ...causeOf(command), command }));
  return inventory.step(step, caused, scope, (session, { command }) => decide(session, command));
}

function committing({ maxShipments: limit }: Pick<StepDeps, 'maxShipments'>) {
  return (session: InventorySession, { subject, caller, wanted }: CommandRow<'create'>): ReserveDecision => {
    const request = {
      reservationId: reservationIdOf(subject),
      caller,
      orderId: subject,
      demands: sumBySku(wanted.lines),
      buyer: buyerOf(wanted),
      ttlSeconds: null,
      shipComplete: wanted.shipComplete,
      maxShipments: wanted.maxShipments ?? limit,
    };
    const own = session.reservation(request.reservationId);
    const adopted =
      wanted.reservationId && !own
        ? decideAdopt(session.reservation(wanted.reservationId), request, session.room, session.now)
        : undefined;
    return adopted ?? decideReserve(own, request, session.room, session.now);
  };
}

function holding({ maxShipments }: Pick<StepDeps, 'maxShipments'>) {
  return (session: InventorySession, command: ReserveInventory): ReserveDecision => {
    const { commandId: reservationId, caller, idempotencyKey: key, fingerprint, ...wanted } = command;
    if (!session.claim({ caller, key, fingerprint, reservationId }))
      return unchanged(refused('IDEMPOTENCY_KEY_REUSED'));
    const { demands, ttlSeconds } = wanted;
    const buyer = buyerOf(wanted);
    const limits = { shipComplete: false, maxShipments };
    const request = {
      reservationId,
      caller,
      orderId: null,
      demands: sumBySku(demands),
      buyer,
      ttlSeconds,
      ...limits,
    };
    return decideReserve(session.reservation(reservationId), request, session.room, session.now);
  };
}

function cancellationOf({ id, decision }: CommandRow<'cancel'>) {
  if (decision?.kind !== 'cancelled') throw new Error(`cancellation ${id} has no decision to release units`);
  return decision;
}

function recordedRevision({ id, wanted }: CommandRow<'revise'>) {
  if (!wanted.recorded) throw new Error(`revision ${id} has no recorded content`);
  return wanted.recorded;
}

function applicationOf({ id, decision }: CommandRow<'revise'>) {
  if (decision?.kind !== 'applied') throw new Error(`revision ${id} was not applied`);
  return decision;
}

function scopeOfOrders(orders: readonly CommandRow<'create'>[]): CommandScope {
  return {
    skus: skusOf(orders.flatMap(({ wanted: { lines } }) => lines)),
    reservationIds: orders.map(({ subject }) => reservationIdOf(subject)),
    orderIds: orders.map(({ subject }) => subject),
    claims: [],
  };
}

function scopeOf(
  commands: readonly { readonly decision: { readonly reservationId: string } }[],
  skus: readonly string[] | null,
): CommandScope {
  return {
    skus,
    reservationIds: commands.map(({ decision: { reservationId } }) => reservationId),
    orderIds: [],
    claims: [],
  };
}

type Rejection = Pick<RecordedCommand<'reject'>, 'recordedAt'> & { readonly decision: Decisions['reject'] };

/** Returns the items that nodes do not have, each with the moment of the node's statement. */
function refusalsOf(commands: readonly Rejection[]): InventoryScope['refusals'] {
  return commands
    .filter(({ decision: { reason } }) => reason === 'NOT_IN_STOCK')
    .flatMap(({ decision: { lines, nodeId }, recordedAt: refusedAt }) =>
      lines.map(({ sku }) => ({ sku, nodeId, refusedAt })),
    );
}

function skusOf(units: readonly { readonly sku: string }[]): readonly string[] {
  return [...new Set(units.map(({ sku }) => sku))].sort();
}

function buyerOf({ region, channel, shippingMethod, customerId }: Buyer): Buyer {
  return { region, channel, shippingMethod, customerId };
}
