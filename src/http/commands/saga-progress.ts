import { planOf, type StepName, SURPLUS_STEP, stepsAfter } from '../../contracts/plans';
import type { CommandRow } from '../../domain/command/recorded-command';
import { never } from '../../domain/decision';
import type { Booking, Party, Trip } from '../../domain/trip/trip';
import { undoNameOf, undosOf } from '../../domain/trip/trip';
import type { StepVerdicts } from '../../stores/log/step-verdicts';

/** The progress of a saga, by the names of its steps and compensations. */
export interface SagaSteps {
  readonly done: readonly string[];
  /** Steps still to run; after a decision against the command, compensations still to run. */
  readonly remaining: readonly string[];
  readonly undone: readonly string[];
}

/** Derives the progress of a command from its row and the stored answers of its steps. */
export function progressOf(row: CommandRow, verdicts: StepVerdicts): SagaSteps {
  const plan = planOf(row.kind);
  if (!plan) return { done: [], remaining: [], undone: [] };
  const isDone = (step: StepName) => verdicts[step] === 'done';
  const tried = plan.tries.map(({ step }) => step).filter(isDone);
  if (!row.decision) {
    const left = plan.tries.map(({ step }) => step).filter((step) => !isDone(step));
    return { done: tried, remaining: [...left, ...(plan.decide ? [plan.decide] : [])], undone: [] };
  }
  const after = stepsAfter(plan, row.decision.kind);
  const compensations = new Set<string>(plan.tries.flatMap(({ compensation }) => compensation ?? []));
  const passed = row.isClosed ? after : after.filter(isDone);
  return {
    done: [
      ...tried,
      ...(plan.decide ? [plan.decide] : []),
      ...passed.filter((step) => !compensations.has(step)),
    ],
    remaining: row.isClosed
      ? []
      : remainingOf(
          row,
          after.filter((step) => !isDone(step)),
        ),
    undone: passed.filter((step) => compensations.has(step)),
  };
}

/** Returns true when a decided command has no step left on our own stores. Partners may still cancel surplus. */
export function isThroughOwnStores(row: CommandRow, verdicts: StepVerdicts): boolean {
  if (row.isClosed) return true;
  const plan = planOf(row.kind);
  if (!row.decision || !plan) return false;
  return stepsAfter(plan, row.decision.kind).every((step) => verdicts[step] === 'done');
}

/** Lists the steps left. When none is left on our own stores, only surplus at partners can remain. */
function remainingOf({ attention }: CommandRow, left: readonly string[]): readonly string[] {
  return attention?.remaining ?? (left.length > 0 ? left : [SURPLUS_STEP]);
}

/** Derives the progress of a trip from its own record. */
export function progressOfTrip(trip: Trip, { isClosed }: Pick<CommandRow, 'isClosed'>): SagaSteps {
  const open = trip.bookings.filter(({ state }) => state === 'WANTED' || state === 'ASKED');
  const left = undosOf(trip).map(({ party }) => undoNameOf(party));
  return {
    done: trip.bookings.filter(wasBooked).map(({ party }) => bookingNameOf(party)),
    remaining:
      trip.status === 'PENDING' ? open.map(({ party }) => bookingNameOf(party)) : isClosed ? [] : left,
    undone: trip.bookings
      .filter(({ isUndone }) => isUndone)
      .map(({ party }) => undoNameOf(party))
      .reverse(),
  };
}

/** Returns true when the booking was made, even if cancelled since: it keeps its reference. */
function wasBooked({ state, reference }: Booking): boolean {
  return state === 'BOOKED' || (state === 'CANCELLED' && reference !== null);
}

function bookingNameOf(party: Party): string {
  switch (party) {
    case 'hotel':
      return 'bookHotel';
    case 'flight':
      return 'bookFlight';
    case 'car':
      return 'bookCar';
    default:
      return never(party);
  }
}
