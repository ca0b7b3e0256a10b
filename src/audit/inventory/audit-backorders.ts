import { never } from '../../domain/decision';
import {
  type BackorderEntry,
  type BackorderEvent,
  type BackorderQueue,
  emptyQueue,
  evolveEntry,
  evolveQueue,
} from '../../domain/inventory/limits/backorder';
import type { Item } from '../../domain/inventory/setup/set-up';
import type { StreamKey } from '../../names/stream-key';
import type { StoreSession } from '../../stores/postgres/store-session';
import { difference, type Findings, matchRow } from '../audit-findings';
import { groupedBy } from '../audit-streams';
import { type AuditedEvent, type EndedStream, StreamFold } from '../fold-streams';
import { writeRows } from '../write-rows';
import type { SettingsHistory } from './audit-settings';

type BackorderKey = Extract<StreamKey, { readonly kind: 'backorder' }>;
type StoredTurn = BackorderEntry & { readonly sku: string };

interface FrozenQueue {
  readonly queue: BackorderQueue;
  readonly turns: readonly BackorderEntry[];
}

/** The replay of the log of one item's backorder queue. */
class QueueReplay {
  queue: BackorderQueue;
  readonly turns: Map<number, BackorderEntry>;

  constructor(
    sku: string,
    private readonly allows: (moment: string) => number,
    private readonly report: (sentence: string) => void,
    { queue, turns }: FrozenQueue = { queue: emptyQueue(sku), turns: [] },
  ) {
    this.queue = queue;
    this.turns = new Map(turns.map((turn) => [turn.place, turn]));
  }

  /** Returns the queue as JSON, from which another replay goes on. */
  freeze(): FrozenQueue {
    return { queue: this.queue, turns: [...this.turns.values()] };
  }

  take(audited: AuditedEvent): void {
    const event = { type: audited.type, data: audited.data } as BackorderEvent;
    const { placed } = this.queue;
    this.queue = evolveQueue(this.queue, event);
    const { place, quantity } = event.data;
    const turn = this.turns.get(place);
    switch (event.type) {
      case 'inventory.backorder-placed.v1':
        if (place !== placed + 1) this.#say(audited, `gives turn ${place} after turn ${placed}`);
        this.#weigh(audited, quantity);
        break;
      case 'inventory.backorder-restricted.v1':
      case 'inventory.backorder-filled.v1':
        this.#expect(audited, event, turn?.quantity === quantity);
        break;
      case 'inventory.backorder-withdrawn.v1':
        this.#expect(audited, event, (turn?.quantity ?? 0) >= quantity);
        break;
      default:
        never(event);
    }
    const next = evolveEntry(turn, event);
    if (next) this.turns.set(place, next);
    else this.turns.delete(place);
  }

  /**
   * Checks that an event concerns an entry of the queue. A fill takes the whole backorder; a withdrawal may take a
   * part.
   */
  #expect(audited: AuditedEvent, { data: { place, reservationId } }: BackorderEvent, isThere: boolean): void {
    if (isThere && this.turns.get(place)?.reservationId === reservationId) return;
    this.#say(audited, `changes turn ${place} of ${reservationId}, which is not what the queue has`);
  }

  #weigh(event: AuditedEvent, quantity: number): void {
    const beyond = this.queue.open - this.allows(event.occurredAt);
    if (beyond > 0)
      this.#say(event, `promises ${quantity} without stock, ${beyond} more than the item allows`);
  }

  #say({ stream, version }: AuditedEvent, what: string): void {
    this.report(`${stream}: event ${version} ${what}.`);
  }
}

/**
 * Every backorder queue equals the fold of its log, and no backorder exceeded its item's limit. The entries of a queue are
 * parts of reservations.
 */
export class BackorderFold extends StreamFold<QueueReplay> {
  readonly kind = 'backorder';
  readonly tables = ['backorder_queue'];

  constructor(
    session: StoreSession,
    findings: Findings,
    private readonly settings: SettingsHistory,
  ) {
    super(session, findings);
  }

  protected open(key: StreamKey, state?: FrozenQueue): QueueReplay {
    const { sku } = key as BackorderKey;
    const allows = (moment: string) => Math.max(0, ...this.settings.itemsAt(sku, moment).map(roomOf));
    return new QueueReplay(sku, allows, (sentence) => this.findings.add(sentence), state);
  }

  protected override freeze(replay: QueueReplay): unknown {
    return replay.freeze();
  }

  protected override thaw(key: StreamKey, state: unknown): QueueReplay {
    return this.open(key, state as FrozenQueue);
  }

  protected evolve(replay: QueueReplay, event: AuditedEvent): QueueReplay {
    replay.take(event);
    return replay;
  }

  protected override weigh({ turns }: QueueReplay): number {
    return 1 + turns.size;
  }

  protected async compare(ended: readonly EndedStream<QueueReplay>[]): Promise<void> {
    const { rows, turns } = await this.#load(ended.map(({ fold }) => fold.queue.sku));
    for (const { stream, version, fold } of ended) {
      const { sku } = fold.queue;
      matchRow(this.findings, stream, rows.get(sku), { ...fold.queue, version });
      this.#matchTurns(stream, turns.get(sku) ?? [], fold);
    }
  }

  protected async write(ended: readonly EndedStream<QueueReplay>[]): Promise<void> {
    const rows = ended.map(({ version, fold }) => ({ ...fold.queue, streamVersion: version }));
    await writeRows(this.session, [['backorder_queue', rows]]);
  }

  #matchTurns(stream: string, stored: readonly StoredTurn[], { turns, queue }: QueueReplay): void {
    for (const { sku: _, ...entry } of stored) {
      const { place } = entry;
      const turn = turns.get(place);
      const found = turn ? difference(entry, turn) : 'its log has no such turn';
      if (found) this.findings.add(`${stream}: turn ${place}: ${found}.`);
    }
    const known = new Set(stored.map(({ place }) => place));
    for (const place of turns.keys())
      if (!known.has(place)) this.findings.add(`${stream}: turn ${place} is in its log only.`);
    const sum = stored.reduce((total, { quantity }) => total + quantity, 0);
    if (sum !== queue.open)
      this.findings.add(`${stream}: ${queue.open} are open by its log, and ${sum} by its turns.`);
  }

  async #load(skus: readonly string[]) {
    const [stored] = await this.session.$queryRaw<
      { queues: (BackorderQueue & { version: number })[]; turns: StoredTurn[] }[]
    >`
      SELECT (SELECT coalesce(json_agg(json_build_object('sku', sku, 'open', open, 'placed', placed,
          'version', stream_version)), '[]') FROM backorder_queue WHERE sku = ANY(${[...skus]})) AS queues,
        (SELECT coalesce(json_agg(json_build_object('sku', sku, 'place', place,
          'reservationId', reservation_id, 'quantity', quantity, 'buyer', buyer, 'exclusions', exclusions)), '[]')
         FROM backorder WHERE sku = ANY(${[...skus]})) AS turns`;
    return {
      rows: new Map(stored?.queues.map((row) => [row.sku, row])),
      turns: groupedBy(stored?.turns ?? [], ({ sku }) => sku),
    };
  }
}

function roomOf({ backorder }: Item): number {
  switch (backorder.mode) {
    case 'none':
      return 0;
    case 'limited':
      return backorder.limit ?? 0;
    case 'unlimited':
      return Number.POSITIVE_INFINITY;
    default:
      return never(backorder.mode);
  }
}
