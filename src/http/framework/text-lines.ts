import { isUtf8 } from 'node:buffer';
import { bodyTooLarge, type Problem } from './problem';

const LONGEST_LINE_BYTES = 64 * 1024;
const NEW_LINE = 10;
/** Some programs begin a file with it; concatenated files have it in the middle. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Splits bytes into lines as they arrive: yields those that each chunk completes, to be read one after the other. Blank
 * lines are left out; a line that is not UTF-8 is undefined.
 * @throws Problem too-large for a line of more than 64 KiB
 */
export async function* textLines(bytes: AsyncIterable<Buffer>): AsyncIterable<Iterable<string | undefined>> {
  for await (const lines of linesOf(bytes)) yield textsOf(lines);
}

/** Yields the lines that each chunk completes, and the rest at the end. Copies each byte once, however small chunks are. */
async function* linesOf(bytes: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of bytes) {
    const end = chunk.lastIndexOf(NEW_LINE);
    if (end !== -1) {
      yield Buffer.concat([...rest, chunk.subarray(0, end)]);
      rest = [];
      restBytes = 0;
    }
    rest.push(chunk.subarray(end + 1));
    restBytes += chunk.length - end - 1;
    if (restBytes > LONGEST_LINE_BYTES) throw lineTooLong();
  }
  yield Buffer.concat(rest);
}

function* textsOf(bytes: Buffer): Iterable<string | undefined> {
  // Invalid UTF-8 spoils its own line only: in UTF-8 the byte of a line feed is part of no other character.
  const isText = isUtf8(bytes);
  for (const line of bytes.toString(isText ? 'utf8' : 'latin1').split('\n')) {
    if (Buffer.byteLength(line, isText ? 'utf8' : 'latin1') > LONGEST_LINE_BYTES) throw lineTooLong();
    const text = (isText ? line : utf8Of(line))?.replace(BYTE_ORDER_MARK, '');
    if (text === undefined || text.trim() !== '') yield text;
  }
}

/** Reads text that was read as Latin-1 as UTF-8; undefined when it is not. */
export function utf8Of(line: string): string | undefined {
  const bytes = Buffer.from(line, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : undefined;
}

function lineTooLong(): Problem {
  return bodyTooLarge(`must have lines of at most ${LONGEST_LINE_BYTES} bytes`);
}
