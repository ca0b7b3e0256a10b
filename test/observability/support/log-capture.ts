import type { DestinationStream, Logger } from 'pino';
import { openLogger } from '../../../src/main/roles/logger';

export type LogLine = Readonly<Record<string, unknown>>;

/** A logger as every process has it, whose lines the test reads. */
export class LogCapture implements DestinationStream {
  #text = '';
  readonly logger: Logger = openLogger('debug', this);

  write(text: string): void {
    this.#text += text;
  }

  /** Everything that was logged, as written. */
  get text(): string {
    return this.#text;
  }

  /** The lines with this message. */
  said(message: string): readonly LogLine[] {
    const lines = this.#text.trim().split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as LogLine).filter(({ msg }) => msg === message);
  }
}
