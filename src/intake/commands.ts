import type { CommandKind, CommandRow, Wanted } from '../domain/command/recorded-command';
import { recordCancel } from '../domain/order/cancel-order';
import type { Deadlines } from '../domain/order/order';
import { recordRejection } from '../domain/order/reject-shipment';
import { recordAccept, recordDeliver, recordShip } from '../domain/order/report-shipment';
import { recordResolution } from '../domain/order/resolve-command';
import { recordReturn } from '../domain/order/return-units';
import { recordRevision } from '../domain/order/revise-order';
import type { NewCommand, RecordAnswer } from '../stores/orders/command-rows';
import type { CommandAct, RecordCommand } from '../stores/orders/orders-store';
import type { Stores } from '../stores/stores';
import {
  lineOfOrder,
  lineOfRejection,
  lineOfReturn,
  lineOfRevision,
  lineOfShipping,
  lineOfTrip,
} from './command-lines';
import type { IntakeLimits } from './intake';
import { oneBodyAKey } from './one-body-a-key';

/** Records a batch of commands of one kind under the id of its saga. */
export type RecordBatch<K extends CommandKind> = (
  workflowId: string,
  offered: readonly NewCommand<K>[],
) => Promise<readonly RecordAnswer[]>;

/** The stores that record commands, and the deadlines that a record sets. */
export interface Recording {
  readonly stores: Pick<Stores, 'orders' | 'trips'>;
  readonly deadlines: Deadlines;
}

/**
 * The declaration of a kind of command: how it is recorded, how it travels and how it reads. Its content and its
 * decision are types in src/domain/command; the steps of its saga are its plan in src/contracts/plans.
 */
interface CommandDeclaration<K extends CommandKind> {
  /** Writes commands with their immediate effect on their orders or trips, in one transaction for each store. */
  record(recording: Recording): RecordBatch<K>;
  /** Describes a command in one sentence, for the Temporal Web UI. */
  line(wanted: Wanted[K], subject: string): string;
  /** Returns the weight of a command in a batch, in order lines; 1 by default. */
  readonly weigh?: (wanted: Wanted[K]) => number;
  /** The limits that differ from those of the other intakes. */
  readonly limits?: Partial<IntakeLimits>;
}

/** Every kind of command. Intakes, records and the texts of sagas follow from this declaration. */
export const COMMANDS: { readonly [K in CommandKind]: CommandDeclaration<K> } = {
  create: {
    record:
      ({ stores }) =>
      (workflowId, offered) =>
        stores.orders.recordOrders(workflowId, offered),
    line: lineOfOrder,
    weigh: inLines,
  },
  cancel: {
    record: changing(
      () =>
        ({ order }, command) =>
          recordCancel(order, command),
    ),
    line: (_, orderId) => `Cancel order ${orderId}`,
  },
  revise: {
    record: changing(
      () =>
        ({ order }, command) =>
          recordRevision(order, command),
    ),
    line: lineOfRevision,
    weigh: inLines,
  },
  reject: {
    record: changing((deadlines) => ({ order, now }, command) => {
      return recordRejection(order, command, { ...deadlines, now });
    }),
    line: lineOfRejection,
  },
  ship: {
    record: changing(() => ({ order, row }, command) => {
      const revision = order?.pending?.kind === 'revise' ? row(order.pending.commandId) : undefined;
      return recordShip(order, command, revision as CommandRow<'revise'> | undefined);
    }),
    line: lineOfShipping,
  },
  accept: {
    record: changing((deadlines) => ({ order, now }, command) => {
      return recordAccept(order, command, { ...deadlines, now });
    }),
    line: ({ shipmentId }) => `The node accepts shipment ${shipmentId}`,
  },
  deliver: {
    record: changing(
      () =>
        ({ order }, command) =>
          recordDeliver(order, command),
    ),
    line: ({ shipmentId }) => `Shipment ${shipmentId} was delivered`,
  },
  return: {
    record: changing(
      () =>
        ({ order }, command) =>
          recordReturn(order, command),
    ),
    line: lineOfReturn,
    weigh: inLines,
  },
  resolve: {
    record: changing(
      () =>
        ({ row }, { wanted }) =>
          recordResolution(row(wanted.target)),
      ({ wanted: { target, note } }) => ({ act: 'saga.resolve', subject: target, detail: { note } }),
    ),
    line: ({ target, note }) => `An operator resolves command ${target}: ${note}`,
  },
  trip: {
    record:
      ({ stores }) =>
      (workflowId, offered) =>
        Promise.all(offered.map((command) => stores.trips.record(workflowId, command))),
    line: lineOfTrip,
    // A trip mostly waits for third parties, so it travels alone and many may be in flight.
    limits: { batchSize: 1, slots: 32, queue: 1_000 },
  },
};

/** Returns a recorder of commands that change an order; `actOf` for those that are acts of operators. */
function changing<K extends CommandKind>(
  decide: (deadlines: Deadlines) => RecordCommand<K>,
  actOf?: (command: NewCommand<K>) => CommandAct,
): CommandDeclaration<K>['record'] {
  return ({ stores, deadlines }) =>
    (workflowId, offered) =>
      oneBodyAKey(offered, (batch) =>
        stores.orders.recordChanges(workflowId, batch, decide(deadlines), actOf),
      );
}

function inLines({ lines }: { readonly lines: readonly unknown[] }): number {
  return lines.length;
}

/** Describes a command in one line, for the Temporal Web UI. */
export function commandLine<K extends CommandKind>({
  kind,
  wanted,
  subject,
}: Pick<CommandRow<K>, 'kind' | 'wanted' | 'subject'>): string {
  return COMMANDS[kind].line(wanted, subject);
}
