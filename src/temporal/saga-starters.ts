import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import type {
  CreateOrder,
  FinishCompensation,
  OrderOutcome,
  ReservationOutcome,
  ReserveInventory,
} from '../contracts/commands';
import { ORDER_STATE } from '../contracts/search-attributes';
import type { BookTrip, FinishTrip, TripOutcome } from '../contracts/trips';
import { compensationId, finishTripId, WORKFLOWS } from '../contracts/workflow-names';
import { fulfilmentStarters } from './fulfilment-starters';
import { linesOf, lookOf, orderIdKey } from './saga-look';
import { type SagaLook, type StarterOptions, startSaga } from './saga-starter';

const orderStateKey = defineSearchAttributeKey(ORDER_STATE, SearchAttributeType.KEYWORD_LIST);
const PENDING: SearchAttributePair = { key: orderStateKey, value: ['PENDING'] };

/** A started saga: its outcomes come in the order of its commands. */
interface Started<Outcome> {
  readonly outcomes: Promise<readonly Outcome[]>;
}

/** Typed starters of every saga: the only place that knows how commands become workflows. */
export function sagaStarters(client: Client, options: StarterOptions) {
  const carry = async <Outcome>(look: SagaLook, argument: unknown): Promise<Started<Outcome>> => {
    const handle = await startSaga(client, look, [argument], options);
    return { outcomes: handle.result() as Promise<readonly Outcome[]> };
  };
  return {
    ...fulfilmentStarters(client, options),
    createOrder: (commands: readonly CreateOrder[]) =>
      carry<OrderOutcome>(createOrderLook(commands), commands),
    reserveInventory: (commands: readonly ReserveInventory[]) =>
      carry<ReservationOutcome>(
        lookOf(
          'reserveInventory',
          commands,
          ({ commandId, demands, ttlSeconds }) => `${commandId}: ${linesOf(demands)} for ${ttlSeconds} s`,
        ),
        commands,
      ),
    /** A trip has a workflow to itself: a slow party delays nobody else. */
    async bookTrip([command]: readonly BookTrip[]): Promise<Started<TripOutcome>> {
      if (!command) throw new Error('there is no trip to book');
      const handle = await startSaga(client, bookTripLook(command), [command], options);
      return { outcomes: handle.result().then((outcome: TripOutcome) => [outcome]) };
    },
    async finishTrip(command: FinishTrip): Promise<void> {
      const afterRunning = command.retriedBy !== undefined;
      await startSaga(client, finishTripLook(command), [command], { ...options, afterRunning });
    },
    async finishCompensation(command: FinishCompensation): Promise<void> {
      // An operator can be quicker than the end of the attempt that asked for one.
      const afterRunning = command.retriedBy !== undefined;
      await startSaga(client, finishCompensationLook(command), [command], { ...options, afterRunning });
    },
  };
}

export type SagaStarters = ReturnType<typeof sagaStarters>;

function createOrderLook(commands: readonly CreateOrder[]): SagaLook {
  const look = lookOf('createOrder', commands, ({ commandId, customerId, lines, currency }) => {
    const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    return `${commandId}: ${linesOf(lines)} for ${customerId}, ${total} ${currency} (minor units)`;
  });
  return { ...look, searchAttributes: [...look.searchAttributes, PENDING] };
}

function bookTripLook(command: BookTrip): SagaLook {
  const look = lookOf('bookTrip', [command], ({ commandId, traveller, wishes }) => {
    const wanted = wishes.map(({ party, what }) => `${party} ${Object.values(what).join(', ')}`);
    return `${commandId}: ${wanted.join('; ')} for ${traveller}`;
  });
  return { ...look, searchAttributes: [...look.searchAttributes, PENDING] };
}

function finishTripLook({ commandId, reason }: FinishTrip): SagaLook {
  return {
    workflowType: WORKFLOWS.finishTrip,
    workflowId: finishTripId(commandId),
    summary: `take back what ${commandId} has no use for`,
    details: `where it was not decided yet: ${reason}`,
    searchAttributes: [{ key: orderIdKey, value: [commandId] }],
  };
}

function finishCompensationLook({ commandId, remaining, reason }: FinishCompensation): SagaLook {
  return {
    workflowType: WORKFLOWS.finishCompensation,
    workflowId: compensationId(commandId),
    summary: `undo what is left of ${commandId}: ${remaining.join(', ')}`,
    details: `refused: ${reason}`,
    searchAttributes: [{ key: orderIdKey, value: [commandId] }],
  };
}
