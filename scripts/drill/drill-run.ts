import { setMaxListeners } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Books } from './checks/books';
import { type Coverage, thinIn } from './checks/coverage';
import { EventFollower } from './checks/event-follower';
import { watchExpiry } from './checks/expiry';
import { Finality } from './checks/finality';
import { judgeHistories } from './checks/histories';
import { OrderFollowers } from './checks/order-followers';
import { judgeRepeats } from './checks/repeats';
import { StoreReads } from './checks/store-reads';
import { judgeThirdParties } from './checks/third-parties';
import type { DrillRandom } from './drill-random';
import { runFaults } from './faults/fault-draw';
import { FaultRunner } from './faults/fault-runner';
import { recoveryFrom, recoveryTable } from './faults/recovery-times';
import { DrillFindings } from './findings';
import type { DrillServers } from './processes/drill-servers';
import type { Profile } from './profiles';
import { ApiClient } from './traffic/api-client';
import type { Traffic } from './traffic/callers';
import { Feeder } from './traffic/feeders';
import { Journal } from './traffic/journal';
import { holdShortly, reserveHotItem, StockHistory } from './traffic/reservers';
import { setUpShop } from './traffic/shop';
import { probe, shop } from './traffic/shoppers';
import { travel } from './traffic/travellers';

const FINAL_MS = 60_000;
const AFTER_FAULTS_MS = 3_000;
/** The most extra time that a slow machine gets to do enough. */
const MOST_EXTRA_MS = 45_000;
const HOT_CALLERS = 4;
const FORGETTING_PERCENT = 30;
const SHOWN_SLOWEST = 5;
const QUIET_MS = 120_000;

export interface DrillRunOptions {
  readonly servers: DrillServers;
  readonly profile: Profile;
  readonly random: DrillRandom;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One drill on running servers: traffic, faults beside it, checks beside both and after them. */
export class DrillRun {
  readonly findings = new DrillFindings();
  readonly journal = new Journal();
  readonly #traffic: Traffic;
  /** The checks use a patience of their own. */
  readonly #asked: Traffic;
  readonly #stoppingTraffic = new AbortController();
  readonly #stoppingChecks = new AbortController();
  /** Aborts with the error of a failed part of the drill. */
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  readonly #history = new StockHistory();
  readonly #feeder: Feeder;
  readonly #reads: StoreReads;
  readonly #books: Books;
  readonly #follower: EventFollower;
  readonly #followers: OrderFollowers;
  readonly #faults: FaultRunner;
  readonly #finality: Finality;
  /** True when this drill may lose the third parties' books. */
  readonly #mayForget: boolean;

  constructor(private readonly options: DrillRunOptions) {
    const { servers, profile, random, report } = options;
    const signal = AbortSignal.any([options.signal, this.#broken.signal]);
    this.#signal = signal;
    // Every caller and every check waits on the same signals.
    setMaxListeners(0, signal, this.#stoppingTraffic.signal, this.#stoppingChecks.signal);
    this.#mayForget = random.fork('simulator').percent(FORGETTING_PERCENT);
    this.#traffic = this.#trafficAs('callers');
    this.#asked = this.#trafficAs('checks');
    this.#reads = new StoreReads(servers.postgres.directUrl);
    this.#books = new Books(servers.script('audit'), servers.directEnvironment, this.#reads, this.findings);
    this.#feeder = new Feeder(this.#traffic, random.fork('feeds'));
    this.#follower = new EventFollower(this.#asked);
    this.#followers = new OrderFollowers(this.#asked);
    const faultRandom = random.fork('faults');
    this.#faults = new FaultRunner(servers, this.journal, profile.pace, faultRandom, report, signal);
    this.#finality = new Finality(this.#asked, this.#reads, report);
  }

  async run(): Promise<void> {
    const { servers, profile, random, report } = this.options;
    const signal = this.#signal;
    await setUpShop(this.#traffic.api, servers.simulator);
    report('Traffic begins');
    const callers = this.#whole(this.#call());
    const checks = this.#whole(this.#check());
    const progress = { orders: () => this.journal.orders.length, mayForget: this.#mayForget, signal };
    await sleep(AFTER_FAULTS_MS, undefined, { signal });
    await runFaults(this.#faults, profile, random.fork('plan'), progress);
    signal.throwIfAborted();
    const stoppedAt = Date.now();
    report('The faults are over');
    const { patience } = profile;
    const times = { stoppedAt, patience };
    const expiry = watchExpiry(this.#reads, this.findings, times, this.#stoppingChecks.signal);
    await this.#untilThereIsEnough();
    this.#stoppingTraffic.abort();
    const lastAskedAt = Date.now();
    this.#traffic.api.giveUpAt(lastAskedAt + FINAL_MS);
    await callers;
    this.#asked.api.giveUpAt(Date.now() + QUIET_MS);
    await this.#feeder.finish(this.#asked.api);
    await this.#finality.untilNothingIsOpen(lastAskedAt, (sessions) =>
      this.#write('sessions-when-stuck.json', sessions),
    );
    report('Everything is quiet');
    this.#stoppingChecks.abort();
    await Promise.all([checks, expiry]);
    signal.throwIfAborted();
    await this.#judge(stoppedAt);
  }

  /** Keeps the traffic going for a moment, on a slow machine for longer: the checks need enough work to judge. */
  async #untilThereIsEnough(): Promise<void> {
    const deadline = Date.now() + MOST_EXTRA_MS;
    do await sleep(AFTER_FAULTS_MS, undefined, { signal: this.#signal });
    while (thinIn(this.#coverage()).length > 0 && Date.now() < deadline);
  }

  #call(): readonly Promise<unknown>[] {
    const { profile, random } = this.options;
    const many = <T>(count: number, call: (index: number) => Promise<T>) =>
      Array.from({ length: count }, (_, index) => call(index));
    return [
      ...many(profile.shoppers, (index) => shop(this.#traffic, random.fork(`shopper ${index}`))),
      probe(this.#traffic, random.fork('probe')),
      ...many(HOT_CALLERS, (index) =>
        reserveHotItem(this.#traffic, random.fork(`hot ${index}`), this.#history),
      ),
      holdShortly(this.#traffic, random.fork('short holds')),
      travel(this.#traffic, random.fork('trips')),
      ...many(2, () => this.#feeder.send()),
    ];
  }

  /** Waits for concurrent parts. A failed part ends the drill. */
  async #whole(parts: readonly Promise<unknown>[]): Promise<void> {
    const watched = parts.map((part) => part.catch((error: unknown) => this.#broken.abort(error)));
    await Promise.all(watched);
  }

  #trafficAs(name: string): Traffic {
    const { servers, random } = this.options;
    const api = new ApiClient(servers.apiUrls, servers.adminKey, random.fork(name), this.findings);
    this.#signal.addEventListener('abort', () => api.abort(), { once: true });
    const stopping = AbortSignal.any([this.#stoppingTraffic.signal, this.#signal]);
    const shared = { journal: this.journal, findings: this.findings, partiesMayForget: this.#mayForget };
    return { api, stopping, ...shared };
  }

  #check(): readonly Promise<void>[] {
    const { signal } = this.#stoppingChecks;
    return [
      this.#books.keepAuditing(signal),
      this.#follower.follow(signal),
      this.#followers.follow(this.journal, signal),
    ];
  }

  async #judge(stoppedAt: number): Promise<void> {
    const { servers, profile, random } = this.options;
    this.#finality.judgeSettling(stoppedAt, profile.patience);
    const subjects = await this.#finality.judgeSubjects();
    await this.#finality.judgeRows();
    await this.#books.auditQuiet();
    await this.#follower.finish(this.#reads);
    await this.#followers.finish();
    await judgeThirdParties(servers.simulator, this.findings, subjects, this.#faults.hasForgotten);
    await judgeRepeats(this.#asked, this.#reads, random.fork('repeats'));
    for (const thin of thinIn(this.#coverage())) this.findings.add('coverage', thin);
    await judgeHistories(this.#asked, {
      history: this.#history,
      rows: this.#feeder.rows,
      silences: this.#faults.silences,
    });
  }

  #coverage(): Coverage {
    const { orders, trips, changes } = this.journal;
    return {
      orders: orders.filter(({ outcome }) => outcome === 'approved').length,
      rejections: orders.filter(({ outcome }) => outcome === 'rejected').length,
      'commands on orders': changes.length,
      trips: trips.length,
      'calls on the hot item': this.#history.calls.length,
      'rows of feeds': this.#feeder.rows.length,
      'audits of the books': this.#books.audits,
      events: this.#follower.order.ids.size,
    };
  }

  /** Writes the history of the hot item beside the logs, for other checkers. */
  writeHistory(): void {
    this.#write('hot-item-history.json', this.#history.calls);
  }

  #write(name: string, content: object): void {
    writeFileSync(path.join(this.options.servers.folder, name), JSON.stringify(content, null, 1));
  }

  /** Prints the results, also after a failure. */
  print(): void {
    const { report, servers } = this.options;
    const lone = this.#faults.injected.filter(({ isLone }) => isLone);
    report('');
    for (const line of recoveryTable(lone.map((fault) => recoveryFrom(fault, this.journal.orders))))
      report(line);
    report('');
    const kills = this.#faults.kills;
    report(
      `${this.journal.orders.length} orders, ${this.journal.changes.length} commands on them, ${this.journal.trips.length} trips, ` +
        `${this.#history.calls.length} calls on the hot item, ${this.#feeder.rows.length} rows of feeds; ` +
        `${this.#faults.injected.length} faults, ${kills} of them kills`,
    );
    report(
      `${this.#follower.order.ids.size} events followed (${this.#follower.order.duplicates} came twice); ` +
        `the books were read ${this.#books.audits} times (${this.#books.unread} times they could not be)`,
    );
    report(`The slowest orders: ${this.journal.slowest(SHOWN_SLOWEST).join(', ')}`);
    const counts = [...this.journal.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    report(counts.map(([what, count]) => `${what}: ${count}`).join(', '));
    for (const { name, ownEnds } of servers.processes.values())
      if (ownEnds.length > 0)
        report(`${name} ended by itself ${ownEnds.length} times: ${[...new Set(ownEnds)].join(', ')}`);
  }
}
