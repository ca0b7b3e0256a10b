import type { DrillRandom } from '../drill-random';
import { command, keepCalling, shown, type Traffic, until } from './callers';
import type { PlacedTrip } from './journal';
import { keyFrom } from './orders';
import type { SeenTrip } from './seen';

/** A trip with a required car is refused: the party of cars refuses every booking. */
const CARS = { none: undefined, optional: { days: 2, optional: true }, needed: { days: 2 } } as const;

/** Books trips one after the other and waits for each. */
export function travel(traffic: Traffic, random: DrillRandom): Promise<void> {
  const { journal, findings } = traffic;
  return keepCalling(
    traffic,
    () => random.between(300, 900),
    async () => {
      const kind = random.weighted({ none: 4, optional: 3, needed: 3 });
      const car = CARS[kind];
      const placed: PlacedTrip = {
        key: keyFrom(random),
        placedAt: Date.now(),
        expected: kind === 'needed' ? 'REJECTED' : 'BOOKED',
      };
      journal.trips.push(placed);
      const answer = await command(traffic, random, {
        method: 'POST',
        path: '/v1/trips',
        key: placed.key,
        body: {
          traveller: 'Mary Baker',
          hotel: { city: 'Lisbon', nights: random.between(1, 9) },
          flight: { from: 'HAM', to: 'LIS' },
          ...(car && { car }),
        },
      });
      if (answer.status !== 202 && answer.status !== 200) {
        findings.add('answers', `a trip ${shown(answer)}`);
        return;
      }
      placed.id = String(answer.body.id);
      placed.acceptedAt = answer.answeredAt;
      const trip = await until<SeenTrip>(
        traffic,
        `/v1/trips/${placed.id}`,
        ({ status }) => status !== 'PENDING',
      );
      placed.decidedAt = Date.now();
      placed.status = trip.status;
      placed.reason = trip.reason;
      journal.count(`trips ${trip.status}${trip.reason === undefined ? '' : ` (${trip.reason})`}`);
    },
  );
}
