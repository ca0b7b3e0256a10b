import { failureText } from '../contracts/failure-text';
import { type StreamKey, streamOf } from '../names/stream-key';
import type { FoldedEvent } from '../stores/log/event-rows';
import type { StoreSession } from '../stores/postgres/store-session';
import type { Findings } from './audit-findings';

/** An event of a log that is folded. */
export type AuditedEvent = FoldedEvent;

export type NamedStream = Pick<AuditedEvent, 'stream' | 'key'>;

/** A stream folded to its end. */
export interface EndedStream<Fold> {
  readonly stream: string;
  readonly key: StreamKey;
  readonly version: number;
  readonly fold: Fold;
}

/** The use of folded streams: an audit compares them with their rows, a rebuild writes the rows. */
export type FoldUse = 'compare' | 'write';

const EVENTS_A_PAGE = 2_000;
const ROWS_A_BATCH = 500;

/**
 * The streams of one kind, and the rows that follow from them. It folds the streams and compares or writes the rows, one
 * batch at a time. It keeps in memory the folds of one batch, never a whole table.
 */
export abstract class StreamFold<Fold> {
  abstract readonly kind: StreamKey['kind'];
  /** The tables that follow from these streams alone: a rebuild empties them first. */
  abstract readonly tables: readonly string[];
  #ended: EndedStream<Fold>[] = [];
  #weight = 0;
  #current: { readonly stream: string; readonly key: StreamKey; fold: Fold } | undefined;

  constructor(
    protected readonly session: StoreSession,
    protected readonly findings: Findings,
  ) {}

  protected abstract open(key: StreamKey): Fold;
  /** Returns a fold as JSON. */
  protected freeze(fold: Fold): unknown {
    return fold ?? null;
  }
  /** Returns the fold of a stream from what `freeze` returned. */
  protected thaw(_key: StreamKey, state: unknown): Fold {
    return (state ?? undefined) as Fold;
  }
  protected abstract evolve(fold: Fold, event: AuditedEvent): Fold;
  /** Compares folded streams with their rows. */
  protected abstract compare(ended: readonly EndedStream<Fold>[]): Promise<void>;
  /** Writes the rows of folded streams into the emptied tables. */
  protected abstract write(ended: readonly EndedStream<Fold>[]): Promise<void>;

  /** Returns the size of a fold in memory, in rows. */
  protected weigh(_fold: Fold): number {
    return 1;
  }

  /** Begins a stream: at its first event, or after its archived events with the `state` that they gave. */
  begin({ stream, key }: NamedStream, archived?: { readonly state: unknown }): void {
    const fold = archived ? this.thaw(key, archived.state) : this.open(key);
    this.#current = { stream, key, fold };
  }

  /** Returns the fold of the stream that was begun, as JSON. */
  frozen(): unknown {
    return this.#current && this.freeze(this.#current.fold);
  }

  /** Folds one event. @throws when the event cannot be folded */
  take(event: AuditedEvent): void {
    if (this.#current) this.#current.fold = this.evolve(this.#current.fold, event);
  }

  async end(version: number, use: FoldUse): Promise<void> {
    if (!this.#current) return;
    const { stream, key, fold } = this.#current;
    this.#ended.push({ stream, key, version, fold });
    this.#weight += this.weigh(fold);
    if (this.#weight >= ROWS_A_BATCH) await this.flush(use);
  }

  async flush(use: FoldUse): Promise<void> {
    const ended = this.#ended;
    this.#ended = [];
    this.#weight = 0;
    if (ended.length > 0) await this[use](ended);
  }
}

/** The part of a fold that a pass over the log needs; only the fold itself knows its state. */
export type AnyStreamFold = Pick<
  StreamFold<unknown>,
  'kind' | 'tables' | 'begin' | 'frozen' | 'take' | 'end' | 'flush'
>;

/**
 * Folds a whole log, stream by stream, from the states of archived events on, and compares or writes the rows. `findings`
 * gets the faults of the log itself: a gap, an unknown stream, an event that cannot be folded.
 * @returns the number of events that were folded
 */
export async function foldStreams(
  session: StoreSession,
  folds: readonly AnyStreamFold[],
  findings: Findings,
  use: FoldUse,
): Promise<number> {
  const byKind = new Map(folds.map((fold) => [fold.kind, fold]));
  let stream = '';
  let version = 0;
  let count = 0;
  let fold: AnyStreamFold | undefined;
  let at: RowPlace = ['', 0];
  for (;;) {
    const page = await pageOfEvents(session, at);
    for (const event of page) {
      if (event.stream !== stream) {
        await fold?.end(version, use);
        stream = event.stream;
        version = 0;
        fold = byKind.get(event.key.kind);
        if (!fold) findings.add(`${stream}: nobody knows streams of this kind.`);
        const isStart = event.version === AT_START;
        fold?.begin(event, isStart ? { state: await startState(session, event) } : undefined);
        if (isStart) version = (event.data as StreamStart).version;
      }
      // The state at the start contains the acts of the audit log before it, which stay in the log.
      if (event.version <= version) continue;
      if (event.version !== version + 1)
        findings.add(`${stream}: version ${event.version} follows version ${version}.`);
      if (stream !== streamOf(event.key))
        findings.add(`${stream}: event ${event.version} is about ${streamOf(event.key)}.`);
      version = event.version;
      take(fold, event, findings);
      count += 1;
    }
    const last = page.at(-1);
    if (!last || page.length < EVENTS_A_PAGE) break;
    at = [last.stream, last.version];
  }
  await fold?.end(version, use);
  for (const each of folds) await each.flush(use);
  return count;
}

function take(fold: AnyStreamFold | undefined, event: AuditedEvent, findings: Findings): void {
  try {
    fold?.take(event);
  } catch (error) {
    const why = failureText(error);
    findings.add(`${event.stream}: event ${event.version} (${event.type}) cannot be folded: ${why}.`);
  }
}

type RowPlace = readonly [stream: string, version: number];

/** The version of the row that stands for the archived events of a stream: before all others. */
const AT_START = 0;

/** A larger state is read on its own: a page of these would not fit in the memory. */
const MOST_STATE_BYTES = 2_000;

/** The last archived version of a stream, and the state after it, if that is small. */
interface StreamStart {
  readonly version: number;
  readonly state?: unknown;
}

async function startState(session: StoreSession, { stream, data }: AuditedEvent): Promise<unknown> {
  if ('state' in data) return data.state;
  const [start] = await session.$queryRaw<{ state: unknown }[]>`
    SELECT state FROM stream_start WHERE stream = ${stream}`;
  return start?.state;
}

type EventRow = readonly [
  stream: string,
  key: StreamKey,
  version: number,
  type: string,
  data: object,
  occurredAtMs: number,
  causation: string,
];

/**
 * Reads a page of events, and a row with the version `AT_START` for the archived events of a stream, as JSON (not JSONB)
 * arrays, with moments as numbers: these reads take most of an audit's time.
 */
async function pageOfEvents(
  session: StoreSession,
  [stream, version]: RowPlace,
): Promise<readonly AuditedEvent[]> {
  const [page] = await session.$queryRaw<{ events: EventRow[] }[]>`
    SELECT coalesce(json_agg(json_build_array(
      stream, key, version, type, data, round(extract(epoch FROM occurred_at) * 1000), causation)), '[]') AS events
    FROM (
      (SELECT stream, key, ${AT_START}::int AS version, '' AS type, CASE
          WHEN pg_column_size(state) > ${MOST_STATE_BYTES}::int THEN jsonb_build_object('version', version)
          ELSE jsonb_build_object('version', version, 'state', state) END AS data, occurred_at, '' AS causation
        FROM stream_start WHERE stream > ${stream} ORDER BY stream LIMIT ${EVENTS_A_PAGE}::int)
      UNION ALL
      (SELECT stream, key, version, type, data, occurred_at, causation FROM event
        WHERE (stream, version) > (${stream}, ${version}::int)
        ORDER BY stream, version LIMIT ${EVENTS_A_PAGE}::int)
      ORDER BY stream, version LIMIT ${EVENTS_A_PAGE}::int) page`;
  return (page?.events ?? []).map(([name, key, number, type, data, at, causation]) => ({
    stream: name,
    key,
    version: number,
    type,
    data,
    occurredAt: new Date(at).toISOString(),
    causation,
  }));
}
