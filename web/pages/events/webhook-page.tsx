import { useState } from 'preact/hooks';
import type { Delivery, Page, Webhook } from '../../api/answers';
import { ask } from '../../api/client';
import { may } from '../../api/session';
import { useAction } from '../../parts/action';
import { AskDialog, type Question } from '../../parts/ask-dialog';
import { Ago, Facts, Id, Pill } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { useEvery } from '../../parts/use-news';
import { counted, eventWords, wordsOf } from '../../parts/words';
import { WebhookState } from './webhooks-page';

/** One webhook: its state, its newest deliveries, and the replay of past events. */
export function WebhookPage({ id }: { id: string }) {
  return (
    <>
      <PageHead title="Webhook" id={id} />
      <Needs scope="webhooks:read" to="see webhooks">
        <Life id={id} />
      </Needs>
    </>
  );
}

async function readWebhook(id: string, signal: AbortSignal) {
  const path = `/v1/webhooks/${encodeURIComponent(id)}`;
  const [webhook, deliveries] = await Promise.all([
    ask<Webhook>(path, { signal }),
    ask<Page<Delivery>>(`${path}/deliveries?limit=50`, { signal }),
  ]);
  return { webhook, deliveries: deliveries.items };
}

function Life({ id }: { id: string }) {
  const loaded = useLoad((signal) => readWebhook(id, signal), [id]);
  useEvery(5, loaded.reload);
  return (
    <WhenLoaded loaded={loaded}>
      {({ webhook, deliveries }) => (
        <>
          <State webhook={webhook} />
          {may('webhooks:write') && <Replay id={id} onChange={loaded.reload} />}
          <section aria-labelledby="deliveries">
            <h2 id="deliveries">Newest deliveries</h2>
            {deliveries.length === 0 ? (
              <Empty>Nothing has been delivered yet.</Empty>
            ) : (
              <Deliveries deliveries={deliveries} />
            )}
          </section>
        </>
      )}
    </WhenLoaded>
  );
}

function State({ webhook }: { webhook: Webhook }) {
  const { url, types, nodes, channels, ordered, waiting, acceptedAt, failing, disabledReason, replayFrom } =
    webhook;
  const all = (list: readonly string[] | undefined) => list?.join(', ') ?? 'all';
  return (
    <>
      <p class="headline">
        <WebhookState webhook={webhook} />
      </p>
      {failing && (
        <p class="banner bad">
          {counted(failing.failures, 'attempt')} failed: {failing.error}.
          {failing.pausedUntil && (
            <>
              {' '}
              The next one is due <Ago moment={failing.pausedUntil} />.
            </>
          )}
        </p>
      )}
      {disabledReason && <p class="banner warn">Holdfast switched it off: {disabledReason}</p>}
      <Facts
        of={[
          ['Endpoint', <span class="address">{url}</span>],
          ['Waiting', counted(waiting, 'event')],
          ['Last accepted', acceptedAt ? <Ago moment={acceptedAt} /> : 'never'],
          ['Types', all(types)],
          ['Nodes', all(nodes)],
          ['Channels', all(channels)],
          ['Strict order', ordered ? 'yes' : 'no'],
          ...(replayFrom ? [['Replays from', <Ago moment={replayFrom} />] as const] : []),
        ]}
      />
    </>
  );
}

function Replay({ id, onChange }: { id: string; onChange: () => void }) {
  const { isBusy, run } = useAction();
  const [isOpen, setOpen] = useState(false);
  const question: Question = {
    title: `Replay events to ${id}`,
    text: 'It gets all events that match its filter from this moment on, also those that it already has.',
    field: { label: 'From', placeholder: '', type: 'moment' },
    yes: 'Replay',
    onYes: (local) =>
      run(async () => {
        const from = new Date(local).toISOString();
        await ask<Webhook>(`/v1/webhooks/${encodeURIComponent(id)}/replay`, {
          method: 'POST',
          body: { from },
        });
        onChange();
        return 'The replay is recorded: the relay carries it out.';
      }),
  };
  return (
    <div class="actions">
      <button type="button" class="plain" disabled={isBusy} onClick={() => setOpen(true)}>
        Replay…
      </button>
      {isOpen && <AskDialog question={question} onClose={() => setOpen(false)} />}
    </div>
  );
}

const TONES = { pending: 'busy', delivered: 'good', failed: 'bad' } as const;

function Deliveries({ deliveries }: { deliveries: readonly Delivery[] }) {
  return (
    <Table
      caption="Newest deliveries"
      columns={['Event', 'State', ['Attempts', 'number'], ['Last answer', 'wide']]}
    >
      {deliveries.map(({ eventId, type, state, attempts, createdAt, lastStatus, lastError }) => (
        <tr key={eventId}>
          <td>
            {eventWords(type)}
            <div class="small quiet">
              <Id value={eventId} /> <Ago moment={createdAt} />
            </div>
          </td>
          <td>
            <Pill tone={TONES[state]}>{wordsOf(state)}</Pill>
          </td>
          <td class="number">{attempts}</td>
          <td class="wide">{lastError ?? lastStatus ?? '–'}</td>
        </tr>
      ))}
    </Table>
  );
}
