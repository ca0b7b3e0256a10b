import type { AskedReservation } from '../../domain/inventory/reservation/partner-booking';
import type { PrismaClient } from '../generated/inventory/client';

/** Reads what partners were asked for. It locks nothing. */
export class PartnerBookings {
  constructor(private readonly client: PrismaClient) {}

  /** The reservations of an order, with every request that partners were ever sent for them. */
  askedFor(orderId: string): Promise<readonly AskedReservation[]> {
    return this.client.$queryRaw<AskedReservation[]>`
      SELECT id, state, allocations, consumed, partner_requests AS "partnerRequests"
      FROM reservation WHERE order_id = ${orderId}`;
  }
}
