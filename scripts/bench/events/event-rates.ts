import { cpuMsOf } from '../process-cost';

/** The rate at which something takes events, and the CPU-microseconds an event of this process and of PostgreSQL. */
export interface EventRate {
  readonly what: string;
  readonly events: number | string;
  readonly 'events/s'?: number;
  readonly 'this process'?: number;
  readonly PostgreSQL?: number;
}

/** Measures how fast some work takes a number of events. */
export async function eventRate(
  what: string,
  events: number,
  postgresPid: number,
  work: () => Promise<void>,
): Promise<EventRate> {
  const begunAt = performance.now();
  const own = process.cpuUsage();
  const postgres = cpuMsOf(postgresPid);
  await work();
  const seconds = (performance.now() - begunAt) / 1_000;
  const { user, system } = process.cpuUsage(own);
  const rate = {
    what,
    events,
    'events/s': Math.round(events / seconds),
    'this process': Math.round((user + system) / events),
    PostgreSQL: Math.round(((cpuMsOf(postgresPid) - postgres) * 1_000) / events),
  };
  console.log(`${what}: ${rate['events/s']} events/s`);
  return rate;
}
