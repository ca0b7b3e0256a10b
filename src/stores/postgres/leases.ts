import type { PrismaClient } from '../generated/orders/client';

/** Leases on jobs that only one process at a time may do. The lease of a dead owner expires by itself. */
export class Leases {
  constructor(private readonly client: PrismaClient) {}

  /** Takes or renews a lease, by the database's clock. Returns false while another owner holds it. */
  async take(name: string, owner: string, seconds: number): Promise<boolean> {
    const taken = await this.client.$executeRaw`
      INSERT INTO lease (name, owner, expires_at)
      VALUES (${name}, ${owner}, clock_timestamp() + make_interval(secs => ${seconds}))
      ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
      WHERE lease.owner = excluded.owner OR lease.expires_at < clock_timestamp()`;
    return taken === 1;
  }

  async giveUp(name: string, owner: string): Promise<void> {
    await this.client.lease.deleteMany({ where: { name, owner } });
  }
}
