import { useId } from 'preact/hooks';
import type { TimelineEvent } from '../../api/answers';
import { exactTime, fullMoment } from '../../parts/words';

/** Returns the moments at which something happened, each once, in order. */
export function momentsOf(events: readonly TimelineEvent[]): readonly string[] {
  const own = events.filter(({ store }) => store === 'orders').map(({ occurredAt }) => occurredAt);
  return [...new Set(own)].sort();
}

/** Chooses one of the moments of an order; the last stop is now. */
export function TimeSlider({
  moments,
  moment,
  onChange,
}: {
  moments: readonly string[];
  moment: string | undefined;
  onChange: (moment: string | undefined) => void;
}) {
  const id = useId();
  const at = moment === undefined ? moments.length : moments.indexOf(moment);
  const words = moment === undefined ? 'now' : `${fullMoment(moment)} (${exactTime(moment)})`;
  return (
    <div class="slider">
      <label for={id}>
        Time: <output>{words}</output>
      </label>
      <input
        id={id}
        type="range"
        min={0}
        max={moments.length}
        value={at}
        aria-valuetext={words}
        onInput={(event) => onChange(moments[Number(event.currentTarget.value)])}
      />
      <div class="ends small quiet" aria-hidden="true">
        <span>{moments[0] && fullMoment(moments[0])}</span>
        <span>now</span>
      </div>
    </div>
  );
}
