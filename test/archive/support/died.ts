import { LogArchive } from '../../../src/stores/archive/log-archive';

/** The acts of an archive, each of which may be the last one before its process dies. */
const ACTS = ['plan', 'start', 'streams', 'removeNext', 'finish'] as const;

/** The process died: nothing after it runs. */
export class Died extends Error {}

/**
 * Makes an archive die before or after one of its acts, or between two pages of a file.
 * @param at the act, counted from 1, before which it dies; every act counts twice, before and after it
 * @returns undoes it, and tells whether the archive has died
 */
export function dyingAt(at: number): () => boolean {
  let left = at;
  const step = () => {
    left -= 1;
    if (left === 0) throw new Died();
  };
  const spies = ACTS.map((act) => {
    const own = LogArchive.prototype[act] as (...input: unknown[]) => Promise<unknown>;
    return jest.spyOn(LogArchive.prototype, act as 'plan').mockImplementation(async function (
      this: LogArchive,
      ...input: unknown[]
    ) {
      step();
      const result = await own.apply(this, input);
      step();
      return result as never;
    } as never);
  });
  const lines = LogArchive.prototype.lines;
  const pages = jest.spyOn(LogArchive.prototype, 'lines').mockImplementation(async function* (
    this: LogArchive,
    span,
  ) {
    for await (const page of lines.call(this, span)) {
      yield page;
      step();
    }
  });
  return () => {
    for (const spy of [...spies, pages]) spy.mockRestore();
    return left <= 0;
  };
}
