import { creationHeaders } from '../contracts/api/headers';
import {
  type TripRequest,
  type TripView,
  trip,
  tripPath,
  tripRequest,
  tripTaken,
} from '../contracts/api/trips';
import type { BookTrip } from '../contracts/trips';
import type { Wish } from '../domain/trip/trip';
import { standingOf } from '../domain/unrecorded';
import type { Stores } from '../stores/stores';
import type { ApiDependencies } from './api-dependencies';
import { CommandTaking, notRecordedYet, takenReply, takingAnswers } from './command-taking';
import { type KeyedExchange, keyedCommandOf } from './idempotency';
import { type Operation, operation } from './operation';
import { jsonBody } from './request-body';
import { takenTripView, tripPathOf, tripView } from './trip-view';
import { WebUiLinks } from './web-ui-links';

/** Trips: booked over third parties, and read. */
export function tripsRoutes(deps: ApiDependencies): Operation[] {
  const links = new WebUiLinks(deps.webUi);
  return [bookTrip(deps, links), readTrip(deps, links)];
}

function bookTrip({ intakes, stores }: ApiDependencies, links: WebUiLinks): Operation {
  const taking = new CommandTaking(intakes.trips, {
    claim: (caller, key) => stores.tripsReads.claim(caller, key),
    found: (id) => shownTrip(stores, links, id),
  });
  return operation({
    method: 'post',
    path: '/v1/trips',
    tag: 'Trips',
    summary: 'Book a hotel, a flight and a car, or none of them',
    description:
      'Answers 202 as soon as a saga is sure to book the trip, or, with `Prefer: wait=N`, 200 with the trip once it ' +
      'is booked or rejected. A rejected trip is an outcome, not an error.',
    scope: 'trips:write',
    headers: creationHeaders,
    body: jsonBody(tripRequest),
    answers: takingAnswers('trip', { made: trip, taken: tripTaken }),
    problems: [422],
    async handle(exchange) {
      const command = commandFrom(exchange);
      const { commandId: id } = command;
      const waitSeconds = exchange.headers.Prefer;
      const taken = await taking.take(command, waitSeconds * 1_000);
      return takenReply(taken, { id, path: tripPathOf(id), waitSeconds });
    },
  });
}

function commandFrom(exchange: KeyedExchange & { readonly body: TripRequest }): BookTrip {
  const { body } = exchange;
  return { ...keyedCommandOf('trp_', exchange), traveller: body.traveller, wishes: wishesIn(body) };
}

function wishesIn({ hotel, flight, car }: TripRequest): Wish[] {
  return [
    { party: 'hotel', what: hotel, isOptional: false },
    { party: 'flight', what: flight, isOptional: false },
    ...(car ? [{ party: 'car', what: { days: car.days }, isOptional: car.optional ?? false } as const] : []),
  ];
}

function readTrip({ intakes, stores }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/trips/{id}',
    tag: 'Trips',
    summary: 'Read a trip',
    description:
      'Until its first step has recorded it, a trip is shown by the process that took it; others answer 404 with ' +
      '`Retry-After`.',
    scope: 'trips:read',
    params: tripPath,
    answers: { 200: { description: 'the trip as it stands', schema: trip } },
    problems: [404],
    async handle({ params: { id } }) {
      const shown = await shownTrip(stores, links, id);
      if (shown) return { status: 200, json: shown };
      const command = intakes.trips.pending(id);
      if (command) return { status: 200, json: takenTripView(command, links) };
      throw notRecordedYet(`trip ${id}`);
    },
  });
}

/** A trip as it was recorded, or as it stands where it could not be; undefined where nothing is stored of it. */
async function shownTrip(
  { tripsReads, unrecorded }: Stores,
  links: WebUiLinks,
  id: string,
): Promise<TripView | undefined> {
  const recorded = await tripsReads.trip(id);
  if (recorded) return tripView(recorded, links);
  const kept = await unrecorded.command(id);
  if (kept?.kind !== 'trip') return undefined;
  return { ...takenTripView(kept.command, links), ...standingOf(kept) };
}
