import type { ReportShipment, ShipShipment } from '../src/contracts/commands';
import type { ShippingSteps } from '../src/contracts/fulfilment-steps';
import type { StepInput } from '../src/contracts/steps';
import type { StepAnswer } from '../src/domain/decision';
import {
  decideAccept,
  decideCaptureOverdue,
  decideDeliver,
  decideRecordCaptured,
  decideShip,
} from '../src/domain/order/report-shipment';
import { given, type OrdersAndDeadlines, onOrders } from './on-orders';

/** What nodes report of shipments, on the orders store. */
export function shipmentSteps({ orders, deadlines }: OrdersAndDeadlines) {
  return {
    /** A node takes a shipment on. */
    acceptShipment(input: StepInput<ReportShipment>): Promise<StepAnswer[]> {
      return onOrders(orders, 'acceptShipment', input, ({ order, now }, { command }) =>
        decideAccept(order, command, { ...deadlines, now }),
      );
    },

    /** A shipment has arrived. */
    deliverShipment(input: StepInput<ReportShipment>): Promise<StepAnswer[]> {
      return onOrders(orders, 'deliverShipment', input, ({ order }, { command }) =>
        decideDeliver(order, command),
      );
    },

    /** A shipment has left; says what is to be consumed and captured for it. */
    shipShipment(input: StepInput<ShipShipment>): Promise<StepAnswer<ShippingSteps>[]> {
      return onOrders(orders, 'shipShipment', input, ({ order, now }, { command }) =>
        decideShip(order, command, { ...deadlines, now }),
      );
    },

    /** Says again what is to be consumed and captured for a shipment whose saga was lost on the way. */
    resumeShipment({ members }: StepInput<ReportShipment>): Promise<StepAnswer<ShippingSteps>[]> {
      const commands = members.map(({ command }) => command);
      return orders.step(commands, ({ order, now }, command) =>
        decideCaptureOverdue(order, command, { now }),
      );
    },

    /** The credit for a shipment has been captured. */
    recordCaptured(input: StepInput<ReportShipment, ShippingSteps>): Promise<StepAnswer[]> {
      return onOrders(orders, 'recordCaptured', input, ({ order }, { command, given: { capture } }) => {
        const { amount } = given(capture);
        return decideRecordCaptured(order, { shipmentId: command.shipmentId, amount });
      });
    },
  };
}
