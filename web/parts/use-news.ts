import { useEffect } from 'preact/hooks';
import { onNews } from '../api/follow';

/** Calls back when there may be news of these event types, while the page is shown. */
export function useNews(types: string, tell: () => void, isOn = true): void {
  useEffect(() => {
    if (!isOn) return;
    const leaving = new AbortController();
    void onNews(types, tell, leaving.signal);
    return () => leaving.abort();
  }, [types, tell, isOn]);
}

/** Calls back every few seconds, for states that no event announces. Rests while the tab is hidden. */
export function useEvery(seconds: number, tell: () => void): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) tell();
    }, seconds * 1_000);
    return () => clearInterval(timer);
  }, [seconds, tell]);
}
