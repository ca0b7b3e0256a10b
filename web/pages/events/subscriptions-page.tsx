import { useState } from 'preact/hooks';
import type { ParkedEvent, Subscription } from '../../api/answers';
import { ask, send } from '../../api/client';
import { may } from '../../api/session';
import { type Action, useAction } from '../../parts/action';
import { AskDialog, type Question } from '../../parts/ask-dialog';
import { Ago, Id, Pill } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { useLoad } from '../../parts/use-load';
import { useEvery } from '../../parts/use-news';
import { counted, duration, eventWords } from '../../parts/words';

/** Everything that follows the logs: projections, handlers, webhooks and channels to message brokers. */
export function SubscriptionsPage() {
  return (
    <>
      <PageHead
        title="Subscriptions"
        lead="Everything that follows the events, also the channels to message brokers."
      />
      <Needs scope="events:read" to="see subscriptions">
        <Subscriptions />
      </Needs>
    </>
  );
}

function Subscriptions() {
  const loaded = useLoad((signal) => ask<{ items: Subscription[] }>('/v1/subscriptions', { signal }), []);
  useEvery(5, loaded.reload);
  return (
    <WhenLoaded loaded={loaded}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty>No relay has registered a subscription yet. Start one with npm run start:relay.</Empty>
        ) : (
          <ul class="cards">
            {items.map((one) => (
              <li key={`${one.log} ${one.name}`} class="card">
                <Card one={one} onChange={loaded.reload} />
              </li>
            ))}
          </ul>
        )
      }
    </WhenLoaded>
  );
}

/** A subscription further behind than this lags. */
const LAG_MS = 10_000;

function Card({ one, onChange }: { one: Subscription; onChange: () => void }) {
  const { name, log, kind, lagMs, movedAt, running, failure, restartAt, parkedCount, parked } = one;
  const [question, setQuestion] = useState<Question | null>(null);
  const action = useAction();
  const mend = { one, action, onChange, onAsk: setQuestion };
  return (
    <>
      <div class="saga-head">
        <h2 class="as-h3">{name}</h2>
        <Pill tone="calm">
          {kind} on {log}
        </Pill>
        <Pill tone={lagMs > LAG_MS ? 'warn' : 'good'}>
          {lagMs === 0 ? 'up to date' : `${duration(lagMs)} behind`}
        </Pill>
        {parkedCount > 0 && <Pill tone="bad">{counted(parkedCount, 'event')} parked</Pill>}
        {!running && <Pill tone="warn">no relay runs it</Pill>}
        {restartAt && <Pill tone="busy">starts again from {restartAt}</Pill>}
        <span class="small quiet">
          moved <Ago moment={movedAt} />
        </span>
        {may('events:write') && (
          <div class="actions last">
            <Replay {...mend} />
            {kind === 'reaction' && !running && <Remove {...mend} />}
          </div>
        )}
      </div>
      {failure && (
        <p class="banner bad">
          Stopped <Ago moment={failure.at} />: {failure.message}
        </p>
      )}
      {parked.length > 0 && (
        <ul class="parked">
          {parked.map((event) => (
            <Parked key={event.eventId} event={event} {...mend} />
          ))}
        </ul>
      )}
      {question && <AskDialog question={question} onClose={() => setQuestion(null)} />}
    </>
  );
}

interface Mending {
  readonly one: Subscription;
  readonly action: Action;
  readonly onChange: () => void;
  readonly onAsk: (question: Question) => void;
}

function Parked({ event, one, action, onChange, onAsk }: Mending & { event: ParkedEvent }) {
  const { eventId, type, failure, parkedAt, retryAt } = event;
  const path = `/v1/subscriptions/${one.name}/parked/${eventId}`;
  const post = (end: string, said: string, body?: object) =>
    action.run(async () => {
      await ask<Subscription>(`${path}/${end}`, { method: 'POST', ...(body ? { body } : {}) });
      onChange();
      return said;
    });
  const drop = () =>
    onAsk({
      title: 'Drop the event',
      text: `${one.name} will never process it, unless it is replayed from before it.`,
      field: {
        label: 'Why it need not be handled',
        placeholder: 'the customer was told by phone',
        type: 'note',
      },
      yes: 'Drop it',
      onYes: (note) => post('drop', 'The event is dropped; the note is kept.', { note }),
    });
  return (
    <li>
      <strong>{eventWords(type)}</strong> <Id value={eventId} />
      <div>{failure}</div>
      <div class="small quiet">
        parked <Ago moment={parkedAt} />
        {retryAt && ', a retry is asked for'}
      </div>
      {may('events:write') && (
        <div class="actions">
          {one.kind === 'reaction' && (
            <button
              type="button"
              disabled={action.isBusy}
              onClick={() => post('retry', 'The relay tries the event again.')}
            >
              Retry
            </button>
          )}
          <button type="button" class="plain" disabled={action.isBusy} onClick={drop}>
            Drop…
          </button>
        </div>
      )}
    </li>
  );
}

function Replay({ one, action, onChange, onAsk }: Mending) {
  const reset = (to: string) =>
    action.run(async () => {
      await ask<Subscription>(`/v1/subscriptions/${one.name}/reset`, { method: 'POST', body: { to } });
      onChange();
      return `${one.name} starts again from ${to}.`;
    });
  const ofReaction: Question = {
    title: `Replay ${one.name}`,
    text: 'It processes the events from this moment on again. Its commands have no second effect.',
    field: { label: 'From', placeholder: '', type: 'moment' },
    yes: 'Replay',
    onYes: (local) => reset(new Date(local).toISOString()),
  };
  const ofProjection: Question = {
    title: `Rebuild ${one.name}`,
    text: 'It deletes its rows and folds them again from the first event. Until it has caught up, they are old.',
    yes: 'Rebuild',
    onYes: () => reset('start'),
  };
  const question = one.kind === 'projection' ? ofProjection : ofReaction;
  return <Asking question={question} action={action} onAsk={onAsk} />;
}

function Remove({ one: { name }, action, onChange, onAsk }: Mending) {
  const remove = () =>
    action.run(async () => {
      await send(`/v1/subscriptions/${name}`, { method: 'DELETE' });
      onChange();
      return `${name} is removed.`;
    });
  const question: Question = {
    title: `Remove ${name}`,
    text: 'For one that no relay runs any more. Its checkpoint and its parked events are deleted.',
    yes: 'Remove',
    onYes: remove,
  };
  return <Asking question={question} action={action} onAsk={onAsk} />;
}

/** A button that asks its question first. */
function Asking({ question, action, onAsk }: Pick<Mending, 'action' | 'onAsk'> & { question: Question }) {
  return (
    <button type="button" class="plain" disabled={action.isBusy} onClick={() => onAsk(question)}>
      {question.yes}…
    </button>
  );
}
