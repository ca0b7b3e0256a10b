import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { Order, OrderTimeline, Page, Saga, Shipment, TimelineEvent } from '../../api/answers';
import { ask } from '../../api/client';
import { followOrder } from '../../api/follow';
import { may } from '../../api/session';
import { whisper } from '../../parts/announce';
import { InTemporal } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { Needs, WhenLoaded } from '../../parts/states';
import { useLoad } from '../../parts/use-load';
import { wordsOf } from '../../parts/words';
import { SagaCards } from '../saga-card';
import { OrderFacts, OrderLines } from './order-facts';
import { OrderState } from './order-words';
import { Refusal } from './refusal';
import { Shipments } from './shipments';
import { momentsOf, TimeSlider } from './time-slider';
import { Timeline } from './timeline';

/** One order: its state now or at an earlier moment, why it ended so, its sagas and its events. */
export function OrderPage({ id }: { id: string }) {
  return (
    <>
      <PageHead title="Order" id={id} />
      <Needs scope="orders:read" to="see orders">
        <Life id={id} />
      </Needs>
    </>
  );
}

interface Whole {
  readonly order: Order;
  readonly shipments: readonly Shipment[];
  readonly sagas: readonly Saga[];
}

async function readWhole(id: string, signal: AbortSignal): Promise<Whole> {
  const path = `/v1/orders/${encodeURIComponent(id)}`;
  const [order, shipments, sagas] = await Promise.all([
    ask<Order>(path, { signal }),
    ask<Page<Shipment>>(`${path}/shipments`, { signal }),
    may('sagas:read')
      ? ask<Page<Saga>>(`/v1/sagas?subject=${encodeURIComponent(id)}&limit=200`, { signal })
      : { items: [] },
  ]);
  return { order, shipments: shipments.items, sagas: sagas.items };
}

function Life({ id }: { id: string }) {
  const loaded = useLoad((signal) => readWhole(id, signal), [id]);
  const { answer, reload } = loaded;
  const status = answer?.order.status;
  const events = useTimeline(id, reload);
  const timeline = useLoad(
    (signal) => ask<OrderTimeline>(`/v1/orders/${encodeURIComponent(id)}/events`, { signal }),
    [id],
  );
  const [moment, setMoment] = useState<string | undefined>(undefined);
  useEffect(() => {
    if (status) whisper(`The order is ${wordsOf(status).toLowerCase()}`);
  }, [status]);
  return (
    <WhenLoaded loaded={loaded}>
      {({ order, shipments, sagas }) => (
        <>
          <Headline order={order} />
          <Refusal order={order} sagas={sagas} events={events} />
          <div class="columns">
            <div>
              <State order={order} events={events} moment={moment} onMoment={setMoment} />
              <Shipments shipments={shipments} />
              <section aria-labelledby="sagas">
                <h2 id="sagas">What Holdfast did</h2>
                <Needs scope="sagas:read" to="see the steps of sagas">
                  <SagaCards sagas={sagas} onChange={reload} />
                </Needs>
              </section>
            </div>
            <section aria-labelledby="events">
              <h2 id="events">What happened</h2>
              <Timeline
                events={events}
                upTo={moment}
                currency={order.currency}
                archivedUntil={timeline.answer?.archivedUntil}
              />
            </section>
          </div>
        </>
      )}
    </WhenLoaded>
  );
}

function Headline({ order }: { order: Order }) {
  return (
    <p class="headline">
      <OrderState order={order} />
      <InTemporal href={order.links.webUiSearch}>All its sagas in Temporal</InTemporal>
    </p>
  );
}

/** The state of the order at the moment that the slider shows. */
function State({
  order,
  events,
  moment,
  onMoment,
}: {
  order: Order;
  events: readonly TimelineEvent[];
  moment: string | undefined;
  onMoment: (moment: string | undefined) => void;
}) {
  const moments = momentsOf(events);
  const past = useLoad<Order | undefined>(
    async (signal) => (moment ? ask<Order>(`/v1/orders/${order.id}?asOf=${moment}`, { signal }) : undefined),
    [order.id, moment],
  );
  // The state of the moment before stays until the next one is read: the page does not jump under the slider.
  const last = useRef(order);
  const shown = moment === undefined ? order : (past.answer ?? last.current);
  last.current = shown;
  return (
    <section aria-labelledby="state">
      <h2 id="state">{moment === undefined ? 'Now' : 'As it was'}</h2>
      {moments.length > 1 && <TimeSlider moments={moments} moment={moment} onChange={onMoment} />}
      {past.problem && <WhenLoaded loaded={past}>{() => null}</WhenLoaded>}
      {moment !== undefined && (
        <p class="headline">
          <OrderState order={shown} />
        </p>
      )}
      <OrderFacts order={shown} events={events} />
      <OrderLines order={shown} />
    </section>
  );
}

/** Follows the events of an order and calls back when new ones have arrived. */
function useTimeline(id: string, onMore: () => void): readonly TimelineEvent[] {
  const [events, setEvents] = useState<readonly TimelineEvent[]>([]);
  const add = useCallback(
    (more: readonly TimelineEvent[]) => {
      setEvents((before) => [...new Map([...before, ...more].map((event) => [event.id, event])).values()]);
      onMore();
    },
    [onMore],
  );
  useEffect(() => {
    setEvents([]);
    const leaving = new AbortController();
    void followOrder(id, add, leaving.signal);
    return () => leaving.abort();
  }, [id, add]);
  return events;
}
