import type { DrillFindings } from '../findings';
import type { SimulatedBooking, SimulatorControl } from '../processes/simulator-control';
import type { SeenOrder, SeenTrip } from '../traffic/seen';
import { PARTNERS, REFUSING_PARTY } from '../traffic/shop';

/**
 * Compares the third parties' books with the needs of orders and trips (I3): no booking is unneeded. After the
 * simulator has lost its books, fewer bookings than needed are allowed.
 */
export async function judgeThirdParties(
  simulator: SimulatorControl,
  findings: DrillFindings,
  needed: { readonly orders: readonly SeenOrder[]; readonly trips: readonly SeenTrip[] },
  hasForgotten: boolean,
): Promise<void> {
  for (const partner of Object.values(PARTNERS)) {
    const booked = unitsOf(Object.values(await simulator.bookings(partner)));
    const wanted = unitsAt(partner, needed.orders);
    for (const sku of new Set([...booked.keys(), ...wanted.keys()])) {
      const [has, needs] = [booked.get(sku) ?? 0, wanted.get(sku) ?? 0];
      if (has > needs || (has < needs && !hasForgotten))
        findings.add('I3', `${partner} has booked ${has} of ${sku}, and orders need ${needs}`);
    }
  }
  for (const party of ['hotel', 'flight', REFUSING_PARTY]) {
    const bookings = Object.entries(await simulator.bookings(party)).filter(
      ([, { state }]) => state === 'BOOKED',
    );
    const references = new Set(referencesOf(party, needed.trips));
    for (const [key, booking] of bookings)
      for (const reference of booking.references)
        if (!references.delete(reference))
          findings.add('I3', `${party} has booked ${key}, which no trip needs`);
    if (references.size > 0 && !hasForgotten)
      findings.add('I3', `${party} has no booking for ${references.size} trips that count on one`);
  }
}

function unitsOf(bookings: readonly SimulatedBooking[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { state, lines = [], references } of bookings)
    for (const { sku, quantity } of state === 'BOOKED' ? lines : [])
      units.set(sku, (units.get(sku) ?? 0) + quantity * references.length);
  return units;
}

function unitsAt(partner: string, orders: readonly SeenOrder[]): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const { sku, sources } of orders.flatMap(({ lines }) => lines))
    for (const { nodeId, quantity } of sources)
      if (nodeId === partner) units.set(sku, (units.get(sku) ?? 0) + quantity);
  return units;
}

function referencesOf(party: string, trips: readonly SeenTrip[]): readonly string[] {
  return trips
    .filter(({ status }) => status === 'BOOKED')
    .flatMap(({ bookings }) => bookings)
    .flatMap((booking) =>
      booking.party === party && booking.state === 'BOOKED' && booking.reference !== undefined
        ? [booking.reference]
        : [],
    );
}
