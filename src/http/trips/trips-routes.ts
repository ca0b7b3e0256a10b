import { creationHeaders } from '../../contracts/api/headers';
import {
  type TripRequest,
  type TripView,
  trip,
  tripPath,
  tripRequest,
  tripTaken,
} from '../../contracts/api/trips';
import type { Wish } from '../../domain/trip/trip';
import type { Stores } from '../../stores/stores';
import type { ApiDependencies } from '../api-dependencies';
import {
  commandOf,
  REPLAYED,
  refuseWhileFull,
  takeCommand,
  takenReply,
  untilAnswerable,
} from '../commands/take-command';
import { type Operation, operation } from '../framework/operation';
import { notFound } from '../framework/problem';
import { jsonBody } from '../framework/request-body';
import { WebUiLinks } from '../framework/web-ui-links';
import { tripPathOf, tripView } from './trip-view';

/** Declares the routes to book a trip with third parties and to read it. */
export function tripsRoutes(deps: ApiDependencies): Operation[] {
  const links = new WebUiLinks(deps.webUi);
  return [bookTrip(deps, links), readTrip(deps, links)];
}

function bookTrip(deps: ApiDependencies, links: WebUiLinks): Operation {
  const shown = (id: string) => shownTrip(deps.stores, links, id);
  return operation({
    method: 'post',
    path: '/v1/trips',
    operationId: 'bookTrip',
    tag: 'Trips',
    summary: 'Book a hotel, a flight and a car, or none of them',
    description:
      'Answers 202 once the trip is recorded, or, with `Prefer: wait=N`, 200 with the trip once it is booked or ' +
      'rejected. A rejected trip is an outcome, not an error.',
    scope: 'trips:write',
    headers: creationHeaders,
    body: jsonBody(tripRequest),
    answers: {
      200: {
        description: 'the trip, decided (with `Prefer: wait`)',
        schema: trip,
        headers: { ...REPLAYED, 'Preference-Applied': '`wait=N`' },
      },
      202: {
        description: 'recorded',
        schema: tripTaken,
        headers: { ...REPLAYED, Location: 'the path of the trip' },
      },
    },
    problems: [422],
    async handle({ body, ...request }) {
      const wanted = { traveller: body.traveller, wishes: wishesIn(body) };
      const command = commandOf('trip', 'trp_', request, { wanted });
      await refuseWhileFull(deps, command);
      const taken = await takeCommand(deps, command);
      const { row, isReplay } = taken;
      const waitSeconds = request.headers.Prefer;
      const isAnswerable = async () => (await shown(row.id))?.status !== 'PENDING';
      await untilAnswerable(deps, taken, { seconds: waitSeconds, isAnswerable });
      const made = isReplay || waitSeconds > 0 ? await shown(row.id) : undefined;
      return takenReply({
        isReplay,
        waitSeconds,
        path: tripPathOf(row.id),
        whole: waitSeconds > 0 && made && made.status !== 'PENDING' ? made : undefined,
        brief: { id: row.id, status: made?.status ?? 'PENDING' },
      });
    },
  });
}

function wishesIn({ hotel, flight, car }: TripRequest): Wish[] {
  return [
    { party: 'hotel', what: hotel, isOptional: false },
    { party: 'flight', what: flight, isOptional: false },
    ...(car ? [{ party: 'car', what: { days: car.days }, isOptional: car.optional ?? false } as const] : []),
  ];
}

function readTrip({ stores }: ApiDependencies, links: WebUiLinks): Operation {
  return operation({
    method: 'get',
    path: '/v1/trips/{id}',
    operationId: 'getTrip',
    tag: 'Trips',
    summary: 'Read a trip',
    scope: 'trips:read',
    params: tripPath,
    answers: { 200: { description: 'the trip in its present state', schema: trip } },
    problems: [404],
    async handle({ params: { id } }) {
      const shown = await shownTrip(stores, links, id);
      if (!shown) throw notFound(`trip ${id}`);
      return { status: 200, json: shown };
    },
  });
}

async function shownTrip(
  { tripsReads, commands }: Stores,
  links: WebUiLinks,
  id: string,
): Promise<TripView | undefined> {
  const [found, row] = await Promise.all([tripsReads.trip(id), commands.listed(id)]);
  return found && row ? tripView(found, row, links) : undefined;
}
