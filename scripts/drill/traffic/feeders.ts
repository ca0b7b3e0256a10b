import type { FedRow } from '../checks/feed-model';
import type { DrillRandom } from '../drill-random';
import type { ApiClient } from './api-client';
import { keepCalling, shown, type Traffic } from './callers';
import { FED_ITEMS, FED_PLACES, SOURCE } from './shop';

const MOST_WAITING = 60;
const ROWS_A_REQUEST = 12;
const REPEATED_ROWS = 4;

/** Sends counts and movements of the fed items, shuffled and with duplicates, from several senders. */
export class Feeder {
  readonly rows: FedRow[] = [];
  #waiting: FedRow[] = [];
  readonly #sequences = new Map<string, number>();

  constructor(
    private readonly traffic: Traffic,
    private readonly random: DrillRandom,
  ) {}

  send(): Promise<void> {
    const { traffic, random } = this;
    return keepCalling(
      traffic,
      () => random.between(300, 900),
      () => this.#sendSome(),
    );
  }

  /** Sends all rows that are still unsent. */
  async finish(api: ApiClient): Promise<void> {
    while (this.#waiting.length > 0) await this.#post(api, this.#waiting.splice(0, ROWS_A_REQUEST));
  }

  async #sendSome(): Promise<void> {
    while (this.#waiting.length < MOST_WAITING) this.#draw();
    this.#waiting = this.random.shuffled(this.#waiting);
    const rows = this.#waiting.splice(0, this.random.between(1, ROWS_A_REQUEST));
    const again = Array.from({ length: this.random.below(REPEATED_ROWS) }, () => this.random.pick(this.rows));
    await this.#post(this.traffic.api, this.random.shuffled([...rows, ...again]));
  }

  /** Draws a row. The first row of a place is a count: a movement alone is no supply. */
  #draw(): void {
    const [sku, place] = [this.random.pick(FED_ITEMS), this.random.pick(FED_PLACES)];
    const key = JSON.stringify([sku, place]);
    const sequence = (this.#sequences.get(key) ?? 0) + this.random.between(1, 3);
    const isCount = !this.#sequences.has(key) || this.random.percent(40);
    this.#sequences.set(key, sequence);
    const row: FedRow = {
      messageId: `fed-${this.rows.length}`,
      sequence,
      sku,
      ...place,
      ...(isCount ? { count: this.random.between(100, 900) } : { movement: this.random.between(-5, 9) }),
      observedAt: new Date(Date.now() - 1_000).toISOString(),
    };
    this.rows.push(row);
    this.#waiting.push(row);
  }

  async #post(api: ApiClient, body: readonly FedRow[]): Promise<void> {
    const answer = await api.ask({ method: 'POST', path: `/v1/feeds/${SOURCE}`, body });
    this.traffic.journal.count(`feeds ${answer.status}`);
    if (answer.status !== 200 || answer.body.rejected !== 0)
      this.traffic.findings.add('answers', `a feed ${shown(answer)}`);
  }
}
