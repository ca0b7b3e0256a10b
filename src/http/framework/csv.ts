import { bodyTooLarge } from './problem';
import { utf8Of } from './text-lines';

const LONGEST_RECORD = 64 * 1024;
const QUOTE = '"';
/** The byte order mark, read as Latin-1. */
const BYTE_ORDER_MARK = 'ï»¿';

/** A record of a CSV file: its cells, or undefined when it is not UTF-8 or its quotes do not match. */
export type CsvRecord = readonly string[] | undefined;

/**
 * Reads CSV as RFC 4180 defines it, as it arrives: records end with LF or CRLF, a cell in quotes may contain both, and
 * two quotes in it are one. Blank lines are left out.
 * @throws Problem too-large for a record of more than 64 KiB, as after a quote that is never closed
 */
export async function* csvRecords(bytes: AsyncIterable<Buffer>): AsyncIterable<CsvRecord> {
  const reading = new CsvReading();
  let isFirst = true;
  for await (const chunk of bytes) {
    // The characters that give structure are ASCII, which no other character of UTF-8 contains.
    const text = chunk.toString('latin1');
    yield* reading.take(isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(3) : text);
    isFirst = false;
  }
  yield* reading.end();
}

/** The state between two characters of a CSV file. */
class CsvReading {
  #cells: string[] = [];
  #cell = '';
  #size = 0;
  /** `start`: before the first character of a cell. `closed`: after the quote that ends it, or is the first of two. */
  #at: 'start' | 'plain' | 'quoted' | 'closed' = 'start';
  #isSound = true;

  *take(text: string): Iterable<CsvRecord> {
    for (const character of text) {
      this.#size += 1;
      if (this.#size > LONGEST_RECORD)
        throw bodyTooLarge(`must have rows of at most ${LONGEST_RECORD} bytes: is a quote left open?`);
      if (this.#at === 'quoted') this.#quoted(character);
      else if (character === ',') this.#endCell();
      else if (character === '\n') yield* this.#endRecord();
      else this.#plain(character);
    }
  }

  *end(): Iterable<CsvRecord> {
    if (this.#at === 'quoted') this.#isSound = false;
    yield* this.#endRecord();
  }

  #quoted(character: string): void {
    if (character === QUOTE) this.#at = 'closed';
    else this.#cell += character;
  }

  #plain(character: string): void {
    if (character === QUOTE && this.#at === 'start') {
      this.#at = 'quoted';
    } else if (character === QUOTE && this.#at === 'closed') {
      this.#cell += QUOTE;
      this.#at = 'quoted';
    } else if (this.#at === 'closed') {
      // Only the carriage return of a line's end may follow the closing quote.
      if (character !== '\r') this.#isSound = false;
    } else {
      if (character === QUOTE) this.#isSound = false;
      this.#cell += character;
      this.#at = 'plain';
    }
  }

  #endCell(): void {
    this.#cells.push(this.#cell);
    this.#cell = '';
    this.#at = 'start';
  }

  *#endRecord(): Iterable<CsvRecord> {
    if (this.#at !== 'closed' && this.#cell.endsWith('\r')) this.#cell = this.#cell.slice(0, -1);
    const isBlank = this.#cells.length === 0 && this.#cell === '' && this.#at !== 'closed' && this.#isSound;
    this.#endCell();
    const cells = this.#cells.map(utf8Of);
    const isSound = this.#isSound && cells.every((cell) => cell !== undefined);
    this.#cells = [];
    this.#size = 0;
    this.#isSound = true;
    if (!isBlank) yield isSound ? (cells as string[]) : undefined;
  }
}
