import { moneyText } from '../../../src/names/money-text';
import type { TimelineEvent } from '../../api/answers';
import { Id } from '../../parts/facts';
import { Empty } from '../../parts/states';
import { eventWords, exactTime, fullMoment, wordsOf } from '../../parts/words';

/**
 * The events of an order in all stores, oldest first. Those after `upTo` are dimmed. `archivedUntil`: the order may have
 * had others until then.
 */
export function Timeline({
  events,
  upTo,
  currency,
  archivedUntil,
}: {
  events: readonly TimelineEvent[];
  upTo: string | undefined;
  currency: string;
  archivedUntil: string | undefined;
}) {
  const earlier =
    archivedUntil && `Events until ${fullMoment(archivedUntil)} are archived and not shown here.`;
  if (events.length === 0) return <Empty>{earlier ?? 'No event has arrived yet.'}</Empty>;
  return (
    <ol class="timeline">
      {earlier && <li class="small">{earlier}</li>}
      {events.map((event) => (
        <li key={event.id} class={upTo !== undefined && event.occurredAt > upTo ? 'later' : undefined}>
          <p class="when small">
            <time dateTime={event.occurredAt} title={fullMoment(event.occurredAt)}>
              {exactTime(event.occurredAt)}
            </time>
            <span class={`store ${event.store}`}>{event.store}</span>
          </p>
          <details>
            <summary>
              <strong>{eventWords(event.type)}</strong> <span>{gist(event, currency)}</span>
            </summary>
            <p class="small">
              <code>{event.type}</code>, version {event.version} of <code>{event.stream}</code>, caused by{' '}
              <Id value={event.causation} /> of {event.caller}
            </p>
            <pre>{JSON.stringify(event.data, null, 2)}</pre>
          </details>
        </li>
      ))}
    </ol>
  );
}

/** Writes the fields that most events have in common: reason, amount, units and places. */
function gist({ data, key }: TimelineEvent, currency: string): string {
  const { reason, amount, refund, quantity, sku, nodeId, tracking }: TimelineEvent['data'] = {
    ...key,
    ...data,
  };
  const place = [sku, nodeId].filter(isText).join(' at ');
  const units = typeof quantity === 'number' ? `${quantity} × ${place}` : place;
  return [
    isText(reason) ? wordsOf(reason).toLowerCase() : '',
    ...[amount, refund].filter((one) => typeof one === 'number').map((one) => moneyText(one, currency)),
    units,
    ...unitsOf(data.allocations ?? data.sources),
    isText(tracking) ? tracking : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Writes lists of units at nodes. */
function unitsOf(list: unknown): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.map(({ quantity, sku, nodeId }) => `${quantity}${sku ? ` × ${sku}` : ''} at ${nodeId}`);
}
