import type { Client } from '@temporalio/client';
import type {
  CancelOrder,
  CommandOutcome,
  ExpireShipment,
  OnOrder,
  RejectUnits,
  ReportShipment,
  ReviseOrder,
  ShipShipment,
} from '../contracts/commands';
import type { WORKFLOWS } from '../contracts/workflow-names';
import { linesOf, lookOf } from './saga-look';
import { type StarterOptions, startSaga } from './saga-starter';

/** Starters of the sagas of an approved order: what its nodes report, and what its customer changes. */
export function fulfilmentStarters(client: Client, options: StarterOptions) {
  const carrying =
    <C extends OnOrder>(workflow: keyof typeof WORKFLOWS, line: (command: C) => string) =>
    async (commands: readonly C[]) => {
      const said = (command: C) => `${command.commandId}: ${line(command)}`;
      const handle = await startSaga(client, lookOf(workflow, commands, said), [commands], options);
      return { outcomes: handle.result() as Promise<readonly CommandOutcome[]> };
    };
  const shipmentOf = ({ shipmentId }: ReportShipment) => shipmentId;
  return {
    acceptShipments: carrying<ReportShipment>('acceptShipments', shipmentOf),
    deliverShipments: carrying<ReportShipment>('deliverShipments', shipmentOf),
    shipShipments: carrying<ShipShipment>('shipShipments', shipmentOf),
    resumeShipments: carrying<ReportShipment>('resumeShipments', shipmentOf),
    expireShipments: carrying<ExpireShipment>('expireShipments', shipmentOf),
    rejectUnits: carrying<RejectUnits>(
      'rejectUnits',
      ({ shipmentId, lineId, quantity, reason }) =>
        `${quantity} of line ${lineId} of ${shipmentId}, ${reason}`,
    ),
    cancelOrders: carrying<CancelOrder>('cancelOrders', ({ orderId }) => orderId),
    reviseOrders: carrying<ReviseOrder>(
      'reviseOrders',
      ({ orderId, baseVersion, lines }) => `${orderId} from version ${baseVersion} to ${linesOf(lines)}`,
    ),
  };
}
