import { signal } from '@preact/signals';

interface Notice {
  readonly text: string;
  readonly isBad: boolean;
}

const notice = signal<Notice | null>(null);
const spoken = signal('');
let hiding: ReturnType<typeof setTimeout> | undefined;

/** Shows the outcome of an action for some seconds, and tells it to screen readers. */
export function say(text: string, isBad = false): void {
  notice.value = { text, isBad };
  spoken.value = text;
  clearTimeout(hiding);
  hiding = setTimeout(() => {
    notice.value = null;
  }, 8_000);
}

/** Tells a change of the page to screen readers only. */
export function whisper(text: string): void {
  spoken.value = text;
}

/** The live region, and the notice that is shown last. */
export function Notices() {
  return (
    <>
      <div class="unseen" aria-live="polite">
        {spoken}
      </div>
      {notice.value && (
        <div class={`notice ${notice.value.isBad ? 'bad' : 'good'}`} aria-hidden="true">
          {notice.value.text}
        </div>
      )}
    </>
  );
}
