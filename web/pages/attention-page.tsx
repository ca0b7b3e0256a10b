import { useCallback } from 'preact/hooks';
import type { Page, Saga } from '../api/answers';
import { ask } from '../api/client';
import { PageHead } from '../parts/page-head';
import { Empty, Needs, WhenLoaded } from '../parts/states';
import { useLoad } from '../parts/use-load';
import { useEvery } from '../parts/use-news';
import { countAttention } from './attention-count';
import { SagaCards } from './saga-card';

const STATES = [
  ['needs_attention', 'Needs a person', 'Nothing needs a person.'],
  ['stuck', 'Stuck: open for longer than 30 seconds, still retried', 'Nothing is stuck.'],
  ['running', 'Running', 'Nothing runs at this moment.'],
] as const;

/** The open sagas, those that need a person first. */
export function AttentionPage() {
  return (
    <>
      <PageHead title="Attention" lead="Sagas that stopped and need a person, then those that take long." />
      <Needs scope="sagas:read" to="see sagas">
        {STATES.map(([state, title, none]) => (
          <OpenSagas key={state} state={state} title={title} none={none} />
        ))}
      </Needs>
    </>
  );
}

const MOST = 50;

function OpenSagas({ state, title, none }: { state: string; title: string; none: string }) {
  const loaded = useLoad(
    (signal) => ask<Page<Saga>>(`/v1/sagas?state=${state}&limit=${MOST}`, { signal }),
    [state],
  );
  const { reload } = loaded;
  const look = useCallback(() => {
    reload();
    void countAttention().catch(() => undefined);
  }, [reload]);
  useEvery(5, look);
  return (
    <section aria-labelledby={state}>
      <h2 id={state}>{title}</h2>
      <WhenLoaded loaded={loaded}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty>{none}</Empty>
            ) : (
              <SagaCards sagas={items} onChange={look} hasSubject />
            )}
            {nextCursor && <p class="quiet">These are the oldest {MOST}; there are more.</p>}
          </>
        )}
      </WhenLoaded>
    </section>
  );
}
