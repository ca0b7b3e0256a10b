import type { AskedReservation } from '../domain/inventory/partner-booking';
import type { PrismaClient } from './generated/inventory/client';

/** What an order has reserved or had, and which nodes are partners: between them, who may have been asked. */
export interface AskedPartners {
  readonly reservations: readonly AskedReservation[];
  readonly partners: readonly string[];
}

/** The read that whoever cancels bookings at partners starts from; it locks nothing. */
export class PartnerBookings {
  constructor(private readonly client: PrismaClient) {}

  async askedFor(orderId: string): Promise<AskedPartners> {
    const [row] = await this.client.$queryRaw<AskedPartners[]>`
      SELECT (SELECT coalesce(jsonb_agg(jsonb_build_object('id', id, 'allocations', allocations, 'blocked', blocked)), '[]')
          FROM reservation WHERE order_id = ${orderId}) AS reservations,
        ARRAY(SELECT id FROM node WHERE kind = 'partner') AS partners`;
    if (!row) throw new Error('a load gave no row');
    return row;
  }
}
