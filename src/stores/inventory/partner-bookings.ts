import type { AskedReservation } from '../../domain/inventory/reservation/partner-booking';
import type { PrismaClient } from '../generated/inventory/client';

/** Reads of requests to partners, without locks. */
export class PartnerBookings {
  constructor(private readonly client: PrismaClient) {}

  /** Reads the reservations of an order, with every request ever sent to partners for them. */
  askedFor(orderId: string): Promise<readonly AskedReservation[]> {
    return this.client.$queryRaw<AskedReservation[]>`
      SELECT id, state, allocations, consumed, partner_requests AS "partnerRequests"
      FROM reservation WHERE order_id = ${orderId}`;
  }
}
