import type { AskedReservation } from '../domain/inventory/partner-booking';
import type { ReservationEvent } from '../domain/inventory/reservation';
import type { PrismaClient } from './generated/inventory/client';

/** After each of these, partners are asked for what a reservation has. */
const ASKED_AFTER: readonly ReservationEvent['type'][] = [
  'inventory.reservation-held.v1',
  'inventory.reservation-committed.v1',
  'inventory.reservation-resourced.v1',
];

/** What an order has reserved or had, and which nodes are partners: between them, who may have been asked. */
export interface AskedPartners {
  readonly reservations: readonly AskedReservation[];
  readonly partners: readonly string[];
}

/**
 * The read that whoever cancels bookings at partners starts from; it locks nothing. Rows say what a reservation has, and
 * only its log still says what it had while partners were asked.
 */
export class PartnerBookings {
  constructor(private readonly client: PrismaClient) {}

  async askedFor(orderId: string): Promise<AskedPartners> {
    const [row] = await this.client.$queryRaw<AskedPartners[]>`
      SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'state', state, 'allocations', allocations,
            'consumed', consumed, 'rounds', (
              SELECT coalesce(jsonb_agg(data->'allocations' ORDER BY version), '[]') FROM event
              WHERE stream = 'reservation/' || reservation.id AND type = ANY(${[...ASKED_AFTER]})))), '[]')
          FROM reservation WHERE order_id = ${orderId}) AS reservations,
        ARRAY(SELECT id FROM node WHERE kind = 'partner') AS partners`;
    if (!row) throw new Error('a load gave no row');
    return row;
  }
}
