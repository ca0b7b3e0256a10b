import { setTimeout as sleep } from 'node:timers/promises';
import { shown, type Traffic } from '../traffic/callers';
import type { SeenOrder, SeenTrip } from '../traffic/seen';
import type { StoreReads } from './store-reads';

interface SagaPage {
  readonly items: readonly { readonly id: string; readonly state: string; readonly status: string }[];
}

const POLLING_MS = 400;
const AT_ONCE = 8;
const SAGA_STATES = ['running', 'stuck', 'needs_attention'] as const;
const MOST_FINAL_MS = 60_000;
const P99_MS = 15_000;

/** Checks that every accepted command is final (I4), by the answers over HTTP and by the commands' rows. */
export class Finality {
  constructor(
    private readonly traffic: Traffic,
    private readonly reads: StoreReads,
    private readonly report: (line: string) => void,
  ) {}

  /** Waits until no command is open, for a minute at most; a command that is open then is a finding. */
  async untilNothingIsOpen(
    lastAskedAt: number,
    onStuck: (sessions: readonly object[]) => void,
  ): Promise<void> {
    let open = await this.#open();
    while (open.length > 0 && Date.now() < lastAskedAt + MOST_FINAL_MS) {
      await sleep(POLLING_MS);
      open = await this.#open();
    }
    if (open.length > 0) onStuck(await this.reads.activity());
    for (const one of open)
      this.traffic.findings.add(
        'I4',
        `${one} ${MOST_FINAL_MS / 1_000} s after the faults and the last command`,
      );
  }

  /** Judges the time from the end of the faults until the accepted commands were final. */
  judgeSettling(stoppedAt: number, patience: number): void {
    const took = [...this.traffic.journal.settlingMs(stoppedAt)].sort((a, b) => (a < b ? -1 : Number(a > b)));
    const worst = took.at(-1) ?? 0;
    const p99 = took[Math.min(took.length - 1, Math.floor(took.length * 0.99))] ?? 0;
    const text = (ms: number) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : 'never');
    this.report(
      `Accepted commands that were open when the faults stopped, or came later: ${took.length}, ` +
        `final after ${text(p99)} (p99), ${text(worst)} (worst)`,
    );
    if (p99 > P99_MS * patience)
      this.traffic.findings.add('final', `the p99 is ${text(p99)}, above ${text(P99_MS * patience)}`);
    if (worst > MOST_FINAL_MS) this.traffic.findings.add('final', `the worst is ${text(worst)}, above 60 s`);
  }

  /** Reads every accepted order and trip again. */
  async judgeSubjects(): Promise<{
    readonly orders: readonly SeenOrder[];
    readonly trips: readonly SeenTrip[];
  }> {
    const { journal, findings } = this.traffic;
    const ids = journal.orders.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const orders = await this.#readAll<SeenOrder>('/v1/orders', ids);
    for (const { id, status, compensation } of orders) {
      if (status.endsWith('PENDING')) findings.add('I4', `order ${id} is ${status}`);
      if (compensation === 'running' || compensation === 'needs_attention')
        findings.add('I4', `order ${id} is ${status} and its compensation is ${compensation}`);
    }
    const tripIds = journal.trips.flatMap(({ id }) => (id === undefined ? [] : [id]));
    const trips = await this.#readAll<SeenTrip>('/v1/trips', tripIds);
    for (const { id, status, compensation } of trips)
      if (status === 'PENDING' || compensation === 'running' || compensation === 'needs_attention')
        findings.add('I4', `trip ${id} is ${status} and its compensation is ${compensation}`);
    return { orders, trips };
  }

  /** Looks up the row of every accepted key, if the table of commands exists. */
  async judgeRows(): Promise<void> {
    // A command answered 200 or 201 is one transaction and needs no row.
    const accepted = this.traffic.journal.accepted.filter(({ status }) => status === 202);
    const rows = await this.reads.commandsOf(accepted.map(({ key }) => key));
    if (rows === undefined) {
      this.report('There is no table orders.command: its rows are not checked');
      return;
    }
    for (const { key, path } of accepted) {
      const row = rows.get(key);
      if (row === undefined)
        this.traffic.findings.add('I4', `POST ${path} (${key}) was accepted and has no row`);
      else if (!row.isClosed)
        this.traffic.findings.add('I4', `POST ${path} (${key}) was accepted and is open`);
      else if (row.attention !== null && row.attention !== undefined)
        this.traffic.findings.add('I4', `POST ${path} (${key}) needs attention`);
    }
  }

  async #open(): Promise<readonly string[]> {
    const rows = await this.reads.openCommands().catch(() => undefined);
    const open = (rows ?? []).map(
      ({ id, kind, subject, attention, starts }) =>
        `the command ${kind} ${id} on ${subject} is open (started ${starts} times${attention ? ', needs attention' : ''})`,
    );
    for (const state of SAGA_STATES) {
      const answer = await this.traffic.api.ask({
        method: 'GET',
        path: `/v1/sagas?state=${state}&limit=100`,
      });
      if (answer.status !== 200) return [`GET /v1/sagas ${shown(answer)}`];
      const { items } = answer.body as unknown as SagaPage;
      open.push(...items.map(({ id, status }) => `the saga ${id} (${status}) is ${state}`));
    }
    return open;
  }

  async #readAll<T>(collection: string, ids: readonly string[]): Promise<readonly T[]> {
    const found: T[] = [];
    const left = [...ids];
    const readOn = async () => {
      for (let id = left.pop(); id !== undefined; id = left.pop()) {
        const answer = await this.traffic.api.ask({ method: 'GET', path: `${collection}/${id}` });
        if (answer.status === 200) found.push(answer.body as T);
        else this.traffic.findings.add('I4', `${collection}/${id} was accepted and ${shown(answer)}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, readOn));
    return found;
  }
}
