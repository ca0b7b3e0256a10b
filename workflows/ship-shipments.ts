import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ReportShipment, ShipShipment } from '../src/contracts/commands';
import type { ShippingSteps } from '../src/contracts/fulfilment-steps';
import { commandOutcomesOf } from './command-outcome';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';

const { shipShipment, resumeShipment, consumeStock, captureCredit, recordCaptured } =
  proxyLocalActivities<Activities>(FORWARD);

const afterwards = { consumeStock, captureCredit, recordCaptured };
const forwardOnly = { undos: {}, leave: async () => undefined };

/**
 * Shipments have left: their stock is consumed and their credit captured. What has left cannot be undone, so the saga
 * only goes forward; one that is lost on the way is taken up again by `resumeShipments`.
 */
export async function shipShipments(commands: readonly ShipShipment[]): Promise<CommandOutcome[]> {
  const steps = { shipShipment, ...afterwards };
  const saga = sagaOver(commands, fromTheStart<ShippingSteps>({}), { steps, ...forwardOnly });
  await saga.step('shipShipment');
  await saga.step('consumeStock');
  await saga.step('captureCredit');
  await saga.step('recordCaptured');
  return commandOutcomesOf(await saga.ends());
}

/** Does what is left to do for shipments that left a while ago, under the commands that shipped them. */
export async function resumeShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const steps = { resumeShipment, ...afterwards };
  const saga = sagaOver(commands, fromTheStart<ShippingSteps>({}), { steps, ...forwardOnly });
  await saga.step('resumeShipment');
  await saga.step('consumeStock');
  await saga.step('captureCredit');
  await saga.step('recordCaptured');
  return commandOutcomesOf(await saga.ends());
}
