import type { CommandKind, CommandRow } from '../domain/command/recorded-command';
import { recordCancel } from '../domain/order/cancel-order';
import type { Deadlines } from '../domain/order/order';
import { recordRejection } from '../domain/order/reject-shipment';
import { recordAccept, recordDeliver, recordShip } from '../domain/order/report-shipment';
import { recordResolution } from '../domain/order/resolve-command';
import { recordRevision } from '../domain/order/revise-order';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import type { Stores } from '../stores/stores';

/** Records a batch of commands of one kind under the id of its saga. */
export type RecordBatch<K extends CommandKind> = (
  workflowId: string,
  offered: readonly NewCommand<K>[],
) => Promise<readonly RecordAnswer[]>;

/** The recorders by kind. One transaction writes a command and its immediate effect on its order or trip. */
export type Recorders = { readonly [K in CommandKind]: RecordBatch<K> };

export function recorders(
  { orders, trips }: Pick<Stores, 'orders' | 'trips'>,
  deadlines: Deadlines,
): Recorders {
  return {
    create: (workflowId, offered) => orders.recordOrders(workflowId, offered),
    cancel: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order }, command) => recordCancel(order, command)),
    revise: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order }, command) => recordRevision(order, command)),
    reject: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order, now }, command) =>
        recordRejection(order, command, { ...deadlines, now }),
      ),
    ship: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order, row }, command) => {
        const revision = order?.pending?.kind === 'revise' ? row(order.pending.commandId) : undefined;
        return recordShip(order, command, revision as CommandRow<'revise'> | undefined);
      }),
    accept: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order, now }, command) =>
        recordAccept(order, command, { ...deadlines, now }),
      ),
    deliver: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ order }, command) => recordDeliver(order, command)),
    resolve: (workflowId, offered) =>
      orders.recordChanges(workflowId, offered, ({ row }, command) =>
        recordResolution(row(command.wanted.target)),
      ),
    // A trip is a batch of one.
    trip: (workflowId, offered) => Promise.all(offered.map((command) => trips.record(workflowId, command))),
  };
}
