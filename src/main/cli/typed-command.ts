import type { RunningApi } from './running-api';

/** The given options, by name. */
export interface CommandOptions {
  readonly 'as-of'?: string | undefined;
  readonly state?: string | undefined;
  readonly note?: string | undefined;
  readonly caller?: string | undefined;
  readonly expires?: string | undefined;
}

/** The API's answer, as JSON and as text for people. */
export interface CommandAnswer {
  readonly answer: unknown;
  readonly text: string;
}

/** A command of the command line. */
export interface Command {
  /** The number of words after its name. */
  readonly words: number;
  /** True when more words may follow. */
  readonly takesMore?: boolean;
  readonly options: readonly string[];
  run(api: RunningApi, words: readonly string[], options: CommandOptions): Promise<CommandAnswer>;
}
