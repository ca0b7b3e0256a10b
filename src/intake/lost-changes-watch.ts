import type { LostChange } from '../contracts/changing-sagas';
import type {
  CancelOrder,
  CommandOutcome,
  RejectUnits,
  ReportShipment,
  ReviseOrder,
  ShipShipment,
} from '../contracts/commands';
import type { Known } from '../contracts/known-commands';
import type { OrdersReads } from '../stores/orders-reads';
import type { UnrecordedCommands } from '../stores/unrecorded-commands';
import type { Ticket } from './intake';
import type { Intakes } from './intakes';
import { knownToAny } from './known-commands';
import { LeftAlone } from './left-alone';
import type { Watch } from './watch';

export interface LostChanges {
  readonly reads: Pick<OrdersReads, 'answered'>;
  /** Those that an operator is to look at: giving them again is up to them. */
  readonly unrecorded: Pick<UnrecordedCommands, 'known'>;
  readonly witness: {
    /** Those that are not known. */
    lostChanges(known: Known): Promise<readonly LostChange[]>;
  };
  readonly intakes: ChangeIntakes;
}

/** Where commands on approved orders are given. */
export type ChangeIntakes = Pick<
  Intakes,
  'accepts' | 'rejections' | 'ships' | 'deliveries' | 'cancels' | 'revisions'
>;

const EVERY_MS = 5_000;

/**
 * Notices commands on approved orders that were lost with their sagas before any step had recorded them, and gives them
 * again; what fails again is left alone for a while. Those that were recorded are found by what they left: an order that
 * is taken, a shipment that is due.
 */
export function lostChangesWatch({ reads, unrecorded, witness, intakes }: LostChanges): Watch {
  const known = knownToAny(
    (ids) => reads.answered(ids),
    (ids) => unrecorded.known(ids),
  );
  const failed = new LeftAlone();
  return {
    name: 'lost-changes',
    everyMs: EVERY_MS,
    async look() {
      const lost = await witness.lostChanges(known);
      const leftAlone = new Set(failed.at(performance.now()));
      for (const change of lost)
        if (!leftAlone.has(change.command.commandId)) failed.noteEnd(giveAgain(change, intakes).outcome);
    },
  };
}

/** What a saga's history says that it carried is what the saga takes. @throws IntakeFull */
export function giveAgain({ workflow, command }: LostChange, intakes: ChangeIntakes): Ticket<CommandOutcome> {
  const submit: Record<LostChange['workflow'], (command: never) => Ticket<CommandOutcome>> = {
    acceptShipments: (accept: ReportShipment) => intakes.accepts.submit(accept),
    rejectUnits: (rejection: RejectUnits) => intakes.rejections.submit(rejection),
    shipShipments: (shipping: ShipShipment) => intakes.ships.submit(shipping),
    deliverShipments: (delivery: ReportShipment) => intakes.deliveries.submit(delivery),
    cancelOrders: (cancel: CancelOrder) => intakes.cancels.submit(cancel),
    reviseOrders: (revision: ReviseOrder) => intakes.revisions.submit(revision),
  };
  return submit[workflow](command as never);
}
