import { PrismaPg } from '@prisma/adapter-pg';
import type { Command } from '../contracts/commands';
import type { Decision, StepAnswer } from '../domain/decision';
import type { InventoryEvent } from '../domain/inventory/reservation';
import { PrismaClient } from './generated/inventory/client';
import { saveInventory } from './inventory-save';
import { type InventoryScope, type InventorySession, loadInventory, lockStock } from './inventory-session';
import { poolConfig, type StoreSession } from './store-session';
import { inTransaction } from './transaction';

/** What a set of commands touches. */
export interface CommandScope {
  /** Every SKU the commands are about; null: those of the reservations named, which never change once granted. */
  readonly skus: readonly string[] | null;
  readonly reservationIds: readonly string[];
  readonly orderIds: readonly string[];
  readonly claims: InventoryScope['claims'];
}

/** Stock, reservations and their log. */
export class InventoryStore {
  readonly client: PrismaClient;

  constructor(url: string, connections: number) {
    const adapter = new PrismaPg(poolConfig(url, 'inventory', connections), { schema: 'inventory' });
    this.client = new PrismaClient({ adapter });
  }

  /**
   * One step for a set of commands, in one transaction: the stock rows of all their SKUs are locked in key order
   * and loaded, each command is decided on what the ones before it left, and all is saved at once. Answers come in
   * the order of the commands; one that was answered before gets the same answer.
   */
  async step<C extends Command, Answer extends StepAnswer>(
    step: string,
    commands: readonly C[],
    scope: CommandScope,
    decide: (inventory: InventorySession, command: C) => Decision<Answer, InventoryEvent>,
  ): Promise<Answer[]> {
    return inTransaction(this.client, async (session) => {
      const skus = scope.skus ?? (await skusOf(session, scope.reservationIds));
      await lockStock(session, skus);
      const commandIds = commands.map(({ commandId }) => commandId);
      const inventory = await loadInventory(session, { ...scope, skus, step, commandIds });
      const fresh = new Map<string, Answer>();
      const answers = commands.map((command) => {
        const known =
          fresh.get(command.commandId) ?? (inventory.answers[command.commandId] as Answer | undefined);
        if (known) return known;
        const { answer, events } = decide(inventory, command);
        inventory.append(events, command);
        fresh.set(command.commandId, answer);
        return answer;
      });
      if (fresh.size > 0) await saveInventory(session, step, inventory, fresh);
      return answers;
    });
  }
}

async function skusOf(session: StoreSession, reservationIds: readonly string[]): Promise<string[]> {
  const rows = await session.$queryRaw<{ sku: string }[]>`
    SELECT DISTINCT line->>'sku' AS sku FROM reservation, jsonb_array_elements(lines) AS line
    WHERE id = ANY(${[...reservationIds]})`;
  return rows.map(({ sku }) => sku);
}
