import { link, mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/**
 * Writes pages of lines to a gzip file that is complete, and on the disk, before it has its name. A file of that name
 * from an earlier run has the same lines and stays.
 * @param part tells the writers of one file apart
 * @returns the number of lines
 */
export async function writeArchive(
  folder: string,
  name: string,
  part: string,
  pages: AsyncIterable<readonly string[]>,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  const unfinished = `${file}.${part}.part`;
  let count = 0;
  async function* texts(): AsyncGenerator<string> {
    for await (const lines of pages) {
      count += lines.length;
      if (lines.length > 0) yield `${lines.join('\n')}\n`;
    }
  }
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    await pipeline(Readable.from(texts()), createGzip(), handle.createWriteStream({ flush: true }));
    await link(unfinished, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await toDisk(folder);
    return count;
  } finally {
    await handle.close();
    await rm(unfinished, { force: true });
  }
}

/** Writes a folder's list of names to the disk. */
async function toDisk(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
