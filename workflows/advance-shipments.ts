import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ReportShipment } from '../src/contracts/commands';
import { commandOutcomesOf } from './command-outcome';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { acceptShipment, deliverShipment } = proxyLocalActivities<Activities>(FORWARD);
const forwardOnly = { undos: {}, leave: async () => undefined };

/** Nodes take shipments on. */
export async function acceptShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const saga = sagaOver(commands, fromTheStart({}), { steps: { acceptShipment }, ...forwardOnly });
  await saga.step('acceptShipment');
  return commandOutcomesOf(await saga.ends());
}

/** Shipments have arrived. */
export async function deliverShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const saga = sagaOver(commands, fromTheStart({}), { steps: { deliverShipment }, ...forwardOnly });
  await saga.step('deliverShipment');
  return commandOutcomesOf(await saga.ends());
}
