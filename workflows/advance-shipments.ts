import { proxyLocalActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/activities';
import type { CommandOutcome, ReportShipment } from '../src/contracts/commands';
import { commandOutcomesOf } from './command-outcome';
import { fromTheStart, sagaOver } from './saga-over-a-set';
import { FORWARD } from './step-options';
import { untilHeard } from './until-heard';

const { acceptShipment, deliverShipment } = proxyLocalActivities<Activities>(FORWARD);

/** Nodes take shipments on. */
export async function acceptShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const undos = { cutAcceptShort: untilHeard('cutAcceptShort') };
  const saga = sagaOver(commands, fromTheStart({}), { steps: { acceptShipment }, undos });
  await saga.step('acceptShipment', { undo: 'cutAcceptShort' });
  return commandOutcomesOf(await saga.ends());
}

/** Shipments have arrived. */
export async function deliverShipments(commands: readonly ReportShipment[]): Promise<CommandOutcome[]> {
  const undos = { cutDeliverShort: untilHeard('cutDeliverShort') };
  const saga = sagaOver(commands, fromTheStart({}), { steps: { deliverShipment }, undos });
  await saga.step('deliverShipment', { undo: 'cutDeliverShort' });
  return commandOutcomesOf(await saga.ends());
}
