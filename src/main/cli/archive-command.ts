import { parseArgs } from 'node:util';
import { archiveLogs } from '../../audit/archive/archive';
import { failureText } from '../../contracts/failure-text';
import { openStores } from '../../stores/stores';
import { readStoreUrls } from '../settings';
import { UsageError } from './usage-error';

export const ARCHIVE_USAGE = `holdfast archive --older-than-days N --to FOLDER

Moves old events of the stores in DATABASE_URL to gzip files of JSON lines, and removes them from the logs. It may run beside
traffic. Run it again after it was cut off. The exit code is 1 when a reader still needs events that are old enough.
  --older-than-days N  keeps the events of the last N days (1 to 36500)
  --to FOLDER          the folder of the files`;

const MOST_DAYS = 36_500;

/**
 * Runs `holdfast archive` on the stores of the environment.
 * @returns the exit code: 1 when a line is left for a person
 * @throws UsageError, ready to print, when the arguments are invalid or the archive fails
 */
export async function archive(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  const stores = openStores(readStoreUrls(), 2);
  let code = 0;
  try {
    for await (const { text, isLeft } of archiveLogs(stores, options)) {
      console.log(text);
      if (isLeft) code = 1;
    }
    return code;
  } catch (error) {
    throw new UsageError(`the archive is not complete: ${failureText(error)}`);
  } finally {
    await stores.close();
  }
}

function optionsOf(args: readonly string[]) {
  const { 'older-than-days': days, to: folder } = parse(args);
  const olderThanDays = days !== undefined && /^\d{1,5}$/.test(days) ? Number(days) : 0;
  if (olderThanDays < 1 || olderThanDays > MOST_DAYS)
    throw new UsageError(
      `--older-than-days must be a whole number of days, 1 to ${MOST_DAYS}\n${ARCHIVE_USAGE}`,
    );
  if (folder === undefined || folder === '')
    throw new UsageError(`--to must name the folder of the files\n${ARCHIVE_USAGE}`);
  return { olderThanDays, folder };
}

function parse(args: readonly string[]) {
  const options = { 'older-than-days': { type: 'string' }, to: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(`${failureText(error)}\n${ARCHIVE_USAGE}`);
  }
}
