import type { Command } from '../../contracts/commands';
import type { Decision } from '../../domain/decision';
import type { InventoryEvent, Reservation } from '../../domain/inventory/reservation/reservation';
import { PrismaClient } from '../generated/inventory/client';
import { answerEach, StepAnswers } from '../log/step-answers';
import { LookedTooEarly } from '../postgres/database-errors';
import { StorePool } from '../postgres/store-pool';
import type { StoreSession } from '../postgres/store-session';
import { lockAndLoadInventory } from './inventory-load';
import { saveInventory } from './inventory-save';
import type { InventoryScope, InventorySession } from './inventory-session';

/** The SKUs, reservations and caps that a batch of commands touches. */
export interface CommandScope {
  /** Every SKU the commands are about; null: those of the reservations named. */
  readonly skus: readonly string[] | null;
  readonly reservationIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly claims: InventoryScope['claims'];
  /** Left out: no queue is looked at turn by turn. */
  readonly queuedSkus?: readonly string[];
}

/** Stock, reservations and their log. */
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
   * One step for a batch of commands, in one transaction: the stock rows of all their SKUs are locked in key order
   * and loaded, each command is decided on what the ones before it left, and all is saved at once. Answers come in
   * the order of the commands; one that was answered before gets the same answer, unless that was for now.
   */
  async step<C extends Command, Answer extends { readonly kind: string }>(
    step: string,
    commands: readonly C[],
    scope: CommandScope,
    decide: (inventory: InventorySession, command: C) => Decision<Answer, InventoryEvent>,
  ): Promise<Answer[]> {
    const { answers, fresh } = await this.pool.step(async (session) => {
      const lockable = scope.skus === null ? await withSkus(session, scope) : { ...scope, skus: scope.skus };
      const commandIds = commands.map(({ commandId }) => commandId);
      const wanted = { queuedSkus: [], ...lockable, step, commandIds };
      const inventory = await lockAndLoadInventory(session, wanted);
      if (scope.skus === null) expectLocked(inventory.skusReserved, lockable.skus);
      const answered = answerEach(commands, inventory.answers, (command) => {
        const decision = decide(inventory, command);
        inventory.append(decision.events, command);
        return decision;
      });
      const { fresh } = answered;
      if (fresh.size > 0 || !inventory.log.isEmpty) saveInventory(session, step, inventory, fresh);
      return answered;
    });
    this.answers.remember(step, fresh);
    return answers;
  }
}

/** @throws LookedTooEarly where a reservation has got items since somebody looked which to lock */
function expectLocked(reserved: readonly string[], locked: readonly string[]): void {
  const late = reserved.find((sku) => !locked.includes(sku));
  if (late !== undefined) throw new LookedTooEarly(`a reservation has got ${late} meanwhile`);
}

/**
 * The scope with the SKUs of its reservations. A reservation that is made only after this look is left out: its stock
 * would not be locked, so for this transaction it does not exist yet.
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
