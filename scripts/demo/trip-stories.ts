import { setTimeout as sleep } from 'node:timers/promises';
import type { Trip, TripRequest } from '../../client/holdfast-client';
import type { DemoShop } from './demo-shop';
import { fault } from './party-faults';
import type { RunningHoldfast } from './running-holdfast';
import { expect, type Story, type Told } from './story';

const LONGEST_UNDO_MS = 120_000;

/** Books a trip to Lisbon and waits for its end. */
async function booked(shop: DemoShop, car: Pick<TripRequest, 'car'> = {}): Promise<Trip> {
  const body = {
    traveller: 'Mary Baker',
    hotel: { city: 'Lisbon', nights: 3 },
    flight: { from: 'HAM', to: 'LIS' },
    ...car,
  };
  const { id } = await shop.api.bookTrip({ body });
  return shop.api.getTrip({ path: { id } });
}

/** Returns the trip once its compensations are done or are left to an operator. */
async function settled(shop: DemoShop, { id }: Trip): Promise<Trip> {
  for (const deadline = Date.now() + LONGEST_UNDO_MS; ; await sleep(200)) {
    const trip = await shop.api.getTrip({ path: { id } });
    if (trip.compensation !== 'running') return trip;
    expect(Date.now() < deadline, `trip ${id} is still being undone`);
  }
}

function ends({ id, status, reason }: Trip): string {
  return `trip ${id} ends ${status}${reason ? ` (${reason})` : ''}`;
}

function states({ bookings }: Trip): string {
  return bookings.map(({ party, state }) => `${party} ${state}`).join(', ');
}

async function bookedAsOne(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  // A fault that a user set by hand may still be pending.
  for (const party of ['hotel', 'flight', 'car']) await fault(holdfast, party, { mode: 'ok' });
  const trip = await booked(shop, { car: { days: 3 } });
  expect(trip.status === 'BOOKED', ends(trip));
  const references = trip.bookings.map(({ reference }) => reference).join(', ');
  return { order: trip, lines: [ends(trip), `booked at three companies: ${references}`] };
}

async function flightRefuses(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  await fault(holdfast, 'flight', { mode: 'refuse', reason: 'NO_SEATS', call: 'book', times: 1 });
  const trip = await settled(shop, await booked(shop, { car: { days: 3 } }));
  expect(states(trip) === 'hotel CANCELLED, flight REFUSED, car WANTED', `${ends(trip)}: ${states(trip)}`);
  return {
    order: trip,
    lines: [ends(trip), states(trip), 'the hotel was cancelled, and the car company was never asked'],
  };
}

async function withoutItsCar(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  await fault(holdfast, 'car', { mode: 'refuse', reason: 'NONE_LEFT', call: 'book', times: 1 });
  const trip = await booked(shop, { car: { days: 3, optional: true } });
  expect(trip.status === 'BOOKED', ends(trip));
  return { order: trip, lines: [ends(trip), `${states(trip)}: the trip names the car as optional`] };
}

async function operatorFinishes(shop: DemoShop, holdfast: RunningHoldfast): Promise<Told> {
  await fault(holdfast, 'flight', { mode: 'refuse', reason: 'NO_SEATS', call: 'book', times: 1 });
  await fault(holdfast, 'hotel', { mode: 'down', call: 'cancel' });
  try {
    const stuck = await settled(shop, await booked(shop));
    expect(stuck.compensation === 'needs_attention', `its compensation is ${stuck.compensation}`);
    const listed = await shop.api.listSagas({ query: { state: 'needs_attention' } });
    const saga = listed.items.find(({ id }) => id === stuck.id);
    expect(
      saga?.attention?.remaining.join() === 'cancelHotel',
      'the saga is not listed with what is left of it',
    );
    await fault(holdfast, 'hotel', { mode: 'ok' });
    await shop.api.waiting(0).retrySaga({ path: { id: stuck.id } });
    let trip = await settled(shop, stuck);
    while (trip.compensation === 'needs_attention') trip = await settled(shop, trip);
    expect(trip.compensation === 'done', `its compensation is ${trip.compensation}`);
    return {
      order: trip,
      lines: [
        `${ends(stuck)}; the hotel does not answer the cancellation: the saga needs attention, remaining step: cancelHotel`,
        `the hotel answers again, and an operator retries the saga: ${states(trip)}`,
      ],
    };
  } finally {
    await fault(holdfast, 'hotel', { mode: 'ok' });
  }
}

export const TRIP_STORIES: readonly Story[] = [
  { title: 'A trip is booked', tell: bookedAsOne },
  { title: 'A flight refuses and the hotel is cancelled', tell: flightRefuses },
  { title: 'A trip is booked without its optional car', tell: withoutItsCar },
  { title: 'A hotel does not answer and an operator finishes the trip', tell: operatorFinishes },
];
