import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { LOGS, type LogName } from '../../contracts/logs';
import { LogArchive, type Portion, type Span } from '../../stores/archive/log-archive';
import type { Need } from '../../stores/archive/needs';
import { addTallies } from '../../stores/log/insight-counts';
import type { LogCursor } from '../../stores/log/log-cursor';
import { placeInLog } from '../../stores/log/log-place';
import { dropSnapshots } from '../../stores/log/past-streams';
import type { StepSession } from '../../stores/postgres/store-session';
import type { Stores } from '../../stores/stores';
import { writeArchive } from './archive-file';
import { StreamArchiver } from './archived-streams';

export interface ArchiveOptions {
  /** Events recorded within so many days stay in the log; at least 1. */
  readonly olderThanDays: number;
  /** The folder of the files. It is made if it is not there. */
  readonly folder: string;
}

/** A line of the report, and whether it is left for a person. */
export interface ArchiveLine {
  readonly text: string;
  readonly isLeft: boolean;
}

/**
 * Archives the old events of the three logs, and yields a line for each thing done. It may run beside traffic: no writer
 * waits for it. A run that is cut off at any moment is completed by the next one.
 *
 * For each span of a log it plans the span, writes its file, moves the start of the log behind the span, and removes the
 * events in small transactions, each with the states that its events gave. Acts of the audit log stay in the log: the
 * settings of nodes, sources, items, rules, caps and accounts, and erasures.
 *
 * It goes no further than the readers that need events: subscriptions, parked events and replays to webhooks.
 * @throws ArchiveRefused when a log has a gap or an event that cannot be folded
 */
export async function* archiveLogs(stores: Stores, options: ArchiveOptions): AsyncGenerator<ArchiveLine> {
  for (const log of LOGS) yield* archiveLog(stores, log, options);
}

async function* archiveLog(
  stores: Stores,
  log: LogName,
  { olderThanDays, folder }: ArchiveOptions,
): AsyncGenerator<ArchiveLine> {
  const archive = new LogArchive(stores.pools[log]);
  const upTo = await archive.positionBefore(olderThanDays);
  const needs = [...(await archive.needs(upTo)), ...(await replaysUpTo(stores, log, upTo))];
  const free = Math.min(upTo, ...needs.map(({ first }) => first - 1));
  let count = 0;
  for (;;) {
    const span = (await unfinished(archive, log, free, folder)) ?? (await archive.plan(free));
    if (!span) break;
    count += 1;
    let needed: readonly Need[] = [];
    if (!span.isStarted) {
      needed = await moveStart(archive, log, span, folder);
      if (needed.length === 0) yield done(`${log}: wrote ${eventsOf(span)} to ${nameOf(log, span)}`);
    }
    if (needed.length === 0) needed = await remove(stores, log, archive, span);
    if (needed.length > 0) {
      yield left(log, needed);
      return;
    }
    const removed = await archive.finish(span);
    if (removed !== span.events)
      throw new Error(
        `${log}: ${removed} events were removed, and ${span.events} are in ${nameOf(log, span)}`,
      );
    yield done(`${log}: removed ${removed} events`);
  }
  if (needs.length > 0) yield left(log, needs);
  else if (count === 0)
    yield done(`${log}: nothing is older than ${olderThanDays === 1 ? 'a day' : `${olderThanDays} days`}`);
}

/**
 * Returns the span that an earlier run left. One of which nothing was removed is dropped with its file, if it goes further
 * than this run may.
 */
async function unfinished(
  archive: LogArchive,
  log: LogName,
  free: number,
  folder: string,
): Promise<Span | undefined> {
  const span = await archive.unfinished();
  if (!span || span.isStarted || span.last <= free) return span;
  await rm(path.join(folder, nameOf(log, span)), { force: true });
  await archive.drop(span);
  return undefined;
}

/** Writes the file of a span and moves the start of the log. @returns the readers that need an event of the span */
async function moveStart(
  archive: LogArchive,
  log: LogName,
  span: Span,
  folder: string,
): Promise<readonly Need[]> {
  const name = nameOf(log, span);
  const written = await writeArchive(folder, name, randomUUID(), archive.lines(span));
  if (written !== span.events)
    throw new Error(`${log}: ${name} has ${written} events, and the log has ${span.events}`);
  return archive.start(span, name);
}

/** Removes the events of a span. @returns the readers that need the rest, if any does */
async function remove(
  { pools }: Stores,
  log: LogName,
  archive: LogArchive,
  span: Span,
): Promise<readonly Need[]> {
  const archiver = new StreamArchiver(log, pools[log]);
  const fold = async (portion: Portion) => {
    const { starts, tallies } = await archiver.archive(portion);
    return {
      starts,
      save(session: StepSession) {
        addTallies(session, tallies, 'insight_start');
        if (log !== 'orders') dropSnapshots(session, starts);
      },
    };
  };
  for (const streams of await archive.streams(span)) {
    for (let hasMore = true; hasMore; ) {
      const removal = await archive.removeNext(span, streams, fold);
      if (removal.kind === 'needed') return removal.needs;
      hasMore = removal.hasMore;
    }
  }
  return [];
}

/** Returns the replays to webhooks that need an event up to a position. */
async function replaysUpTo({ replays, logs }: Stores, log: LogName, upTo: number): Promise<readonly Need[]> {
  const needs = await Promise.all(
    (await replays.incomplete(log)).map(async ({ id, since, cursor }) => {
      const at = (cursor as LogCursor | null) ?? (await placeInLog(logs[log], since));
      return { reader: `a replay to the webhook ${id}`, first: (at.window?.position ?? 0) + 1 };
    }),
  );
  return needs.filter(({ first }) => first <= upTo);
}

/** Names the file of a span: the same in every run, and no other span of any database has it. */
function nameOf(log: LogName, { after, last, plannedAt }: Span): string {
  return `${log}-${after + 1}-${last}-${plannedAt.replace(/[-:.]/g, '')}.jsonl.gz`;
}

function eventsOf({ events, until }: Span): string {
  return `${events} events until ${until}`;
}

function done(text: string): ArchiveLine {
  return { text, isLeft: false };
}

function left(log: LogName, needs: readonly Need[]): ArchiveLine {
  const readers = [...new Set(needs.map(({ reader }) => reader))].join(', ');
  return { text: `${log}: older events stay, because of ${readers}`, isLeft: true };
}
