import type { Command } from '../../contracts/commands';
import type { Decision } from '../../domain/decision';
import type { InventoryEvent, Reservation } from '../../domain/inventory/reservation/reservation';
import { PrismaClient } from '../generated/inventory/client';
import { runStep } from '../log/run-step';
import { StepAnswers } from '../log/step-answers';
import { LookedTooEarly } from '../postgres/database-errors';
import { StorePool } from '../postgres/store-pool';
import type { StoreSession } from '../postgres/store-session';
import { lockAndLoadInventory } from './inventory-load';
import { saveInventory } from './inventory-save';
import type { InventoryScope, InventorySession } from './inventory-session';

/** The SKUs, reservations and caps that a batch of commands touches. */
export interface CommandScope {
  /** The SKUs of the commands; null: the SKUs of the named reservations. */
  readonly skus: readonly string[] | null;
  readonly reservationIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly claims: InventoryScope['claims'];
  readonly freesUnits?: InventoryScope['freesUnits'];
  readonly arrivals?: InventoryScope['arrivals'];
  readonly refusals?: InventoryScope['refusals'];
}

/** The store of stock, reservations and their log. */
export class InventoryStore {
  readonly pool: StorePool;
  readonly client: PrismaClient;
  readonly answers: StepAnswers;

  constructor(url: string, connections: number) {
    this.pool = new StorePool(url, 'inventory', connections);
    this.answers = new StepAnswers(this.pool);
    this.client = new PrismaClient({ adapter: this.pool.adapter() });
  }

  /**
   * Runs one step for a batch of commands (`runStep`). It locks the stock rows of all their SKUs in key order.
   * @returns the answers in the order of the commands
   */
  async step<C extends Command, Answer extends { readonly kind: string }>(
    step: string,
    commands: readonly C[],
    scope: CommandScope,
    decide: (inventory: InventorySession, command: C) => Decision<Answer, InventoryEvent>,
  ): Promise<Answer[]> {
    return runStep(this, step, commands, async (session) => {
      const lockable = scope.skus === null ? await withSkus(session, scope) : { ...scope, skus: scope.skus };
      const commandIds = commands.map(({ commandId }) => commandId);
      const inventory = await lockAndLoadInventory(session, { ...lockable, step, commandIds });
      if (scope.skus === null) expectLocked(inventory.skusReserved, lockable.skus);
      return {
        stored: inventory.answers,
        decide(command) {
          const decision = decide(inventory, command);
          inventory.append(decision.events, command);
          return decision;
        },
        save(fresh) {
          if (fresh.size > 0 || !inventory.log.isEmpty) saveInventory(session, step, inventory, fresh);
        },
      };
    });
  }
}

/** @throws LookedTooEarly when a reservation has gained an item that this transaction has not locked */
function expectLocked(reserved: readonly string[], locked: readonly string[]): void {
  const late = reserved.find((sku) => !locked.includes(sku));
  if (late !== undefined) throw new LookedTooEarly(`a reservation has got ${late} meanwhile`);
}

/**
 * Adds the SKUs of the scope's reservations. It fixes the reservations by id: one made after this read does not exist
 * for the transaction, because its stock is not locked.
 */
async function withSkus(
  session: StoreSession,
  scope: CommandScope,
): Promise<CommandScope & { readonly skus: readonly string[] }> {
  const rows = await session.$queryRaw<Pick<Reservation, 'id' | 'lines'>[]>`
    SELECT id, lines FROM reservation WHERE id = ANY(${[...scope.reservationIds]})
    UNION SELECT id, lines FROM reservation WHERE order_id = ANY(${[...scope.orderIds]})`;
  return {
    ...scope,
    skus: [...new Set(rows.flatMap(({ lines }) => lines.map(({ sku }) => sku)))],
    reservationIds: rows.map(({ id }) => id),
    orderIds: [],
  };
}
