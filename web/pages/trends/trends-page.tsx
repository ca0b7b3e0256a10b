import { useMemo } from 'preact/hooks';
import type { Order, OrderStatus, Page } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { Chart, type Series } from '../../parts/chart';
import { Reason } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { linkTo, replaceQuery, route } from '../../parts/router';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';
import { useEvery } from '../../parts/use-news';
import { counted } from '../../parts/words';
import { Insights } from './insights';

/** The spans of time, in ms, and the width of their columns. */
const SPANS = {
  hour: { name: 'the last hour', ms: 3_600_000, column: 120_000 },
  day: { name: 'the last day', ms: 86_400_000, column: 3_600_000 },
  week: { name: 'the last week', ms: 604_800_000, column: 21_600_000 },
} as const;

type Span = keyof typeof SPANS;

/** Orders over time by outcome, the reasons of the rejected ones, and what the events of 30 days tell. */
export function TrendsPage() {
  return (
    <>
      <PageHead title="Trends" lead="Outcomes, reject rates and durations over time." />
      <Needs scope="orders:read" to="see orders">
        <Trends />
      </Needs>
      <Needs scope="insights:read" to="see rates and durations">
        <Insights />
      </Needs>
    </>
  );
}

const MOST_PAGES = 10;

interface Counted {
  readonly orders: readonly Order[];
  /** False when there are more orders than are read. */
  readonly isWhole: boolean;
  readonly from: number;
  readonly until: number;
}

/** Reads the orders of a span, newest first, up to 2,000. */
async function readOrders(span: Span, signal: AbortSignal): Promise<Counted> {
  const { ms, column } = SPANS[span];
  const until = Math.ceil(Date.now() / column) * column;
  const from = until - ms;
  const orders: Order[] = [];
  let cursor: string | undefined;
  for (let read = 0; read < MOST_PAGES; read++) {
    const query = queryOf({ createdFrom: new Date(from).toISOString(), limit: '200', cursor });
    const page = await ask<Page<Order>>(`/v1/orders${query}`, { signal });
    orders.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) break;
  }
  return { orders, isWhole: cursor === undefined, from, until };
}

function Trends() {
  const asked = route.value.query.get('span') ?? 'hour';
  const span: Span = asked in SPANS ? (asked as Span) : 'hour';
  const loaded = useLoad((signal) => readOrders(span, signal), [span]);
  useEvery(30, loaded.reload);
  return (
    <>
      <div class="filters">
        <div>
          <label for="span">Time</label>
          <select
            id="span"
            value={span}
            onChange={(event) => replaceQuery({ span: event.currentTarget.value })}
          >
            {Object.entries(SPANS).map(([key, { name }]) => (
              <option key={key} value={key}>
                {name}
              </option>
            ))}
          </select>
        </div>
      </div>
      <WhenLoaded loaded={loaded}>
        {(found) =>
          found.orders.length === 0 ? (
            <Empty>No order was placed in {SPANS[span].name}.</Empty>
          ) : (
            <Outcomes found={found} column={SPANS[span].column} />
          )
        }
      </WhenLoaded>
    </>
  );
}

const OUTCOMES = [
  [
    'Approved',
    'good',
    ['APPROVED', 'FULFILLING', 'SHIPPED', 'DELIVERED', 'REVISION_PENDING', 'CANCEL_PENDING'],
  ],
  ['Backordered', 'warn', ['BACKORDERED']],
  ['Pending', 'busy', ['PENDING']],
  ['Cancelled', 'calm', ['CANCELLED']],
  ['Rejected', 'bad', ['REJECTED']],
] as const satisfies readonly (readonly [string, string, readonly OrderStatus[]])[];

function Outcomes({ found, column }: { found: Counted; column: number }) {
  const { times, series } = useMemo(() => columnsOf(found, column), [found, column]);
  const rejected = found.orders.filter(({ status }) => status === 'REJECTED');
  const share = ((100 * rejected.length) / found.orders.length).toFixed(1);
  return (
    <>
      {!found.isWhole && (
        <p class="banner">
          There were more orders: these are the newest {found.orders.length.toLocaleString('en')}.
        </p>
      )}
      <p>
        {counted(found.orders.length, 'order')}, {share} % of them rejected.
      </p>
      <Chart title="Orders by outcome" times={times} series={series} />
      <section aria-labelledby="reasons">
        <h2 id="reasons">Why orders were rejected</h2>
        {rejected.length === 0 ? <Empty>None was rejected.</Empty> : <Reasons rejected={rejected} />}
      </section>
    </>
  );
}

function columnsOf({ orders, from, until }: Counted, column: number) {
  const times = Array.from({ length: (until - from) / column }, (_, at) => (from + at * column) / 1_000);
  const series: Series[] = OUTCOMES.map(([name, colour, statuses]) => {
    const counts = times.map(() => 0);
    for (const { status, createdAt } of orders) {
      const at = Math.floor((Date.parse(createdAt) - from) / column);
      if (statuses.some((one) => one === status)) counts[at] = (counts[at] ?? 0) + 1;
    }
    return { name, colour, counts };
  });
  return { times, series: series.filter(({ counts }) => counts.some(Boolean)) };
}

function Reasons({ rejected }: { rejected: readonly Order[] }) {
  const byReason = Object.entries(Object.groupBy(rejected, ({ reason }) => reason ?? 'none'))
    .map(([reason, orders = []]) => ({ reason, orders }))
    .sort((one, other) => other.orders.length - one.orders.length);
  return (
    <Table
      caption="Rejected orders by reason"
      columns={['Reason', ['Orders', 'number'], 'Share', ['Newest', 'wide']]}
    >
      {byReason.map(({ reason, orders }) => (
        <tr key={reason}>
          <td>
            <Reason code={reason} />
          </td>
          <td class="number">{orders.length}</td>
          <td>
            <meter min={0} max={rejected.length} value={orders.length} aria-label={`Share of ${reason}`} />
          </td>
          <td class="wide">{orders[0] && <a href={linkTo('orders', orders[0].id)}>{orders[0].id}</a>}</td>
        </tr>
      ))}
    </Table>
  );
}
