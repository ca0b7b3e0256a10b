import { useState } from 'preact/hooks';
import { say } from './announce';
import { problemFrom } from './use-load';

export interface Action {
  readonly isBusy: boolean;
  /** Runs an action and says how it ended. */
  readonly run: (act: () => Promise<string>) => Promise<void>;
}

/** Runs one action at a time. An action returns the sentence that tells its outcome. */
export function useAction(): Action {
  const [isBusy, setBusy] = useState(false);
  const run = async (act: () => Promise<string>) => {
    setBusy(true);
    try {
      say(await act());
    } catch (error) {
      say(problemFrom(error).message, true);
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, run };
}
