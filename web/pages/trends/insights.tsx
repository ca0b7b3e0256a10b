import { useMemo } from 'preact/hooks';
import type { OrderInsight, RejectInsight } from '../../api/answers';
import { ask } from '../../api/client';
import { Chart } from '../../parts/chart';
import { Scrolls } from '../../parts/scrolls';
import { Empty, WhenLoaded } from '../../parts/states';
import { type Column, Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { counted, roundedDuration } from '../../parts/words';

interface Insights {
  readonly rejects: RejectInsight;
  readonly orders: OrderInsight;
}

async function readInsights(signal: AbortSignal): Promise<Insights> {
  const [rejects, orders] = await Promise.all([
    ask<RejectInsight>('/v1/insights/rejects?by=node', { signal }),
    ask<OrderInsight>('/v1/insights/orders', { signal }),
  ]);
  return { rejects, orders };
}

/** The last 30 days: units that nodes did not deliver, and how long orders took. */
export function Insights() {
  const loaded = useLoad(readInsights, []);
  return (
    <WhenLoaded loaded={loaded}>
      {({ rejects, orders }) => (
        <>
          <Rejects rejects={rejects} />
          <Durations orders={orders} />
        </>
      )}
    </WhenLoaded>
  );
}

function Rejects({ rejects }: { rejects: RejectInsight }) {
  const { times, series } = useMemo(() => {
    const counts = rejects.days.map(({ rejected }) => rejected);
    return {
      times: rejects.days.map(({ day }) => Date.parse(day) / 1_000),
      series: [{ name: 'Rejected units', colour: 'bad', counts }],
    };
  }, [rejects]);
  return (
    <section aria-labelledby="rejects">
      <h2 id="rejects">Units that nodes did not deliver, last 30 days</h2>
      {rejects.promised === 0 ? (
        <Empty>No unit was promised.</Empty>
      ) : (
        <>
          <p>
            {percent(rejects.rate)} of {counted(rejects.promised, 'promised unit')}.
          </p>
          {rejects.rejected > 0 && <Chart title="Rejected units by day" times={times} series={series} />}
          <Nodes rejects={rejects} />
        </>
      )}
    </section>
  );
}

function Nodes({ rejects }: { rejects: RejectInsight }) {
  return (
    <Scrolls label="Rejected units by node">
      <Table
        caption="Rejected units by node"
        columns={['Node', ...['Promised', 'Rejected', 'Rate'].map((name): Column => [name, 'number'])]}
      >
        {rejects.items.map(({ key, promised, rejected, rate }) => (
          <tr key={key}>
            <td>{key}</td>
            <td class="number">{promised.toLocaleString('en')}</td>
            <td class="number">{rejected.toLocaleString('en')}</td>
            <td class="number">{percent(rate)}</td>
          </tr>
        ))}
      </Table>
    </Scrolls>
  );
}

const SPANS = [
  ['placed until approved', 'placedToApproved'],
  ['approved until delivered', 'approvedToDelivered'],
  ['placed until delivered', 'placedToDelivered'],
] as const;

function Durations({ orders }: { orders: OrderInsight }) {
  return (
    <section aria-labelledby="durations">
      <h2 id="durations">How long orders took, last 30 days</h2>
      <Scrolls label="Durations of orders">
        <Table
          caption="Durations of orders"
          columns={[
            'From',
            ...['Orders', 'Half within', '90 % within', '99 % within'].map(
              (name): Column => [name, 'number'],
            ),
          ]}
        >
          {SPANS.map(([name, span]) => {
            const { orders: count, p50Ms, p90Ms, p99Ms } = orders[span];
            return (
              <tr key={span}>
                <td>{name}</td>
                <td class="number">{count.toLocaleString('en')}</td>
                {[p50Ms, p90Ms, p99Ms].map((ms, at) => (
                  <td key={at} class="number">
                    {ms === null ? '–' : roundedDuration(ms)}
                  </td>
                ))}
              </tr>
            );
          })}
        </Table>
      </Scrolls>
    </section>
  );
}

function percent(rate: number | null): string {
  return rate === null ? '–' : `${(100 * rate).toFixed(1)} %`;
}
