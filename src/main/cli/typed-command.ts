import type { RunningApi } from './running-api';

/** The options that were given, by name. */
export interface CommandOptions {
  readonly 'as-of'?: string | undefined;
  readonly state?: string | undefined;
  readonly note?: string | undefined;
}

/** What the API answered, and the same for a person. */
export interface CommandAnswer {
  readonly answer: unknown;
  readonly text: string;
}

/** One thing that can be typed. */
export interface Command {
  /** How many words follow its name. */
  readonly words: number;
  readonly options: readonly string[];
  run(api: RunningApi, words: readonly string[], options: CommandOptions): Promise<CommandAnswer>;
}
