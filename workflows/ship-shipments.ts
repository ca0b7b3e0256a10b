import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ReportShipment, ShipShipment } from '../src/contracts/commands';
import type { ShippingSteps } from '../src/contracts/fulfilment-steps';
import { commandOutcomesOf } from './command-outcome';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD, UNDO } from './step-options';
import { untilHeard } from './until-heard';

const { shipShipment, resumeShipment, consumeStock, captureCredit, recordCaptured } =
  proxyLocalActivities<Activities>(FORWARD);
const { stopShipping } = proxyLocalActivities<Activities>(UNDO);

const afterwards = { consumeStock, captureCredit, recordCaptured };

/**
 * Shipments have left: their stock is consumed and their credit captured. What has left cannot be undone, so the saga
 * only goes forward; one that is lost on the way is taken up again by `resumeShipments`, and where the books do not have
 * what leaves, an operator is told.
 */
export async function shipShipments(commands: readonly ShipShipment[]): Promise<CommandOutcome[]> {
  const steps = { shipShipment, ...afterwards };
  const undos = { cutShipShort: untilHeard('cutShipShort') };
  const saga = sagaOver(commands, fromTheStart<ShippingSteps>({}), { steps, undos });
  await saga.step('shipShipment', { undo: 'cutShipShort' });
  await saga.step('consumeStock');
  await saga.step('captureCredit');
  await saga.step('recordCaptured');
  return commandOutcomesOf(await saga.ends());
}

/** Does what is left to do for shipments that left a while ago, under the commands that shipped them. */
export async function resumeShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const steps = { resumeShipment, ...afterwards };
  const undos = { stopShipping };
  const saga = sagaOver(commands, fromTheStart<ShippingSteps>({}), { steps, undos });
  await saga.step('resumeShipment', { undo: 'stopShipping' });
  await saga.step('consumeStock');
  await saga.step('captureCredit');
  await saga.step('recordCaptured');
  return commandOutcomesOf(await saga.ends());
}
