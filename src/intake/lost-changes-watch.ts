import type { DeadChanges } from '../contracts/changing-sagas';
import type {
  CancelOrder,
  FillBackorder,
  OnOrder,
  RejectUnits,
  ReportShipment,
  ReviseOrder,
  ShipShipment,
} from '../contracts/commands';
import type { OrdersReads } from '../stores/orders-reads';
import type { Intakes } from './intakes';
import type { Watch } from './watch';

export interface LostChanges {
  readonly reads: Pick<OrdersReads, 'answered'>;
  readonly witness: {
    changesOfDeadSagas(): Promise<readonly DeadChanges[]>;
    /** Those whose saga has not been started again since. */
    fillsOfDeadSagas(): Promise<readonly (readonly FillBackorder[])[]>;
  };
  readonly intakes: ChangeIntakes;
  fill(commands: readonly FillBackorder[]): Promise<void>;
}

type ChangeIntakes = Pick<
  Intakes,
  'accepts' | 'rejections' | 'ships' | 'deliveries' | 'cancels' | 'revisions'
>;

const EVERY_MS = 5_000;

/**
 * Notices commands on approved orders that were lost with their sagas before any step had recorded them, and gives them
 * again. Those that were recorded are found by what they left: an order that is taken, a shipment that is due. A turn's
 * units leave nothing of the kind, so the whole saga that was to hand them out is started again.
 */
export function lostChangesWatch({ reads, witness, intakes, fill }: LostChanges): Watch {
  return {
    name: 'lost-changes',
    everyMs: EVERY_MS,
    async look() {
      const dead = await witness.changesOfDeadSagas();
      const ids = dead.flatMap(({ commands }) => commands.map(({ commandId }) => commandId));
      const answered = ids.length > 0 ? await reads.answered(ids) : new Set();
      for (const { workflow, commands } of dead)
        for (const command of commands)
          if (!answered.has(command.commandId)) giveAgain(workflow, command, intakes);
      for (const commands of await witness.fillsOfDeadSagas()) await fill(commands);
    },
  };
}

/** What a saga's history says that it carried is what the saga takes. @throws IntakeFull */
function giveAgain(workflow: DeadChanges['workflow'], command: OnOrder, intakes: ChangeIntakes): void {
  const submit: Record<DeadChanges['workflow'], (command: never) => unknown> = {
    acceptShipments: (accept: ReportShipment) => intakes.accepts.submit(accept),
    rejectUnits: (rejection: RejectUnits) => intakes.rejections.submit(rejection),
    shipShipments: (shipping: ShipShipment) => intakes.ships.submit(shipping),
    deliverShipments: (delivery: ReportShipment) => intakes.deliveries.submit(delivery),
    cancelOrders: (cancel: CancelOrder) => intakes.cancels.submit(cancel),
    reviseOrders: (revision: ReviseOrder) => intakes.revisions.submit(revision),
  };
  submit[workflow](command as never);
}
