import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../api/client';

/** The result of a read: an answer, a problem, or both when a later read failed. */
export interface Loaded<Answer> {
  readonly answer: Answer | undefined;
  readonly problem: ApiProblem | undefined;
  /** Reads again and keeps the present answer meanwhile. */
  readonly reload: () => void;
}

/** Reads something, and again when one of the `keys` changes; then the old answer goes at once. */
export function useLoad<Answer>(
  read: (signal: AbortSignal) => Promise<Answer>,
  keys: readonly unknown[],
): Loaded<Answer> {
  const [state, setState] = useState<Omit<Loaded<Answer>, 'reload'>>({
    answer: undefined,
    problem: undefined,
  });
  const [turn, setTurn] = useState(0);
  const isBusy = useRef(false);
  const isAskedAgain = useRef(false);
  useEffect(() => setState({ answer: undefined, problem: undefined }), keys);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    isBusy.current = true;
    isAskedAgain.current = false;
    read(signal)
      .then((answer) => {
        if (!signal.aborted) setState({ answer, problem: undefined });
      })
      .catch((error: unknown) => {
        if (!signal.aborted) setState((before) => ({ ...before, problem: problemFrom(error) }));
      })
      .finally(() => {
        if (signal.aborted) return;
        isBusy.current = false;
        if (isAskedAgain.current) setTurn((count) => count + 1);
      });
    return () => leaving.abort();
  }, [...keys, turn]);
  const reload = useCallback(() => {
    // A running read may miss the change that caused this call: another read follows it.
    if (isBusy.current) isAskedAgain.current = true;
    else setTurn((count) => count + 1);
  }, []);
  return { ...state, reload };
}

/** Converts anything that was thrown to a problem for people. */
export function problemFrom(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(0, `The page failed: ${String(error)}`);
}
