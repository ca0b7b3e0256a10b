import type { NewCommand } from '../../../src/stores/command-rows';
import type { Stores } from '../../../src/stores/stores';
import { carried, record } from '../../support/direct-saga';

/** Records orders in the store, as their record does; no saga carries them. */
export async function recordOrders(stores: Stores, commands: readonly NewCommand<'create'>[]): Promise<void> {
  await record(stores, commands);
}

/** Records orders and runs their saga without Temporal. */
export async function carryOrders(stores: Stores, commands: readonly NewCommand<'create'>[]): Promise<void> {
  await carried(stores, commands);
}
