import type { Traffic } from '../traffic/callers';
import type { StockHistory } from '../traffic/reservers';
import { FED_ITEMS, FIXED_SUPPLY, HOT_ITEM } from '../traffic/shop';
import { type FedRow, placeOf, supplyOf } from './feed-model';
import { describeNotLinearizable, findNotLinearizable } from './linearizability';
import { RejectionModel, type Silence } from './rejection-model';

interface SeenStock {
  readonly nodes: readonly { readonly nodeId: string; readonly supply: number | null }[];
}

/** Judges the answers of the whole drill by models: rejections, the hot item, the feeds. */
export async function judgeHistories(
  traffic: Traffic,
  seen: {
    readonly history: StockHistory;
    readonly rows: readonly FedRow[];
    readonly silences: readonly Silence[];
  },
): Promise<void> {
  const { journal, findings } = traffic;
  const model = new RejectionModel(journal.orders, seen.silences, FIXED_SUPPLY);
  for (const order of journal.orders) {
    const wrong = model.judge(order);
    if (wrong !== undefined)
      findings.add('rejections', `order ${order.id} (${order.plan.intention}) ${wrong}`);
  }
  for (const trip of journal.trips) {
    const wrong = model.judgeTrip(trip);
    if (wrong !== undefined) findings.add('rejections', `trip ${trip.id} ${wrong}`);
  }
  const { calls } = seen.history;
  const violation = findNotLinearizable(FIXED_SUPPLY[HOT_ITEM] ?? 0, calls);
  if (violation) findings.add('linearizability', describeNotLinearizable(violation, calls));
  await judgeFeeds(traffic, seen.rows);
}

/** Judges that the supply of the fed items is the result of their rows, in any order and with any repetitions. */
async function judgeFeeds({ api, findings }: Traffic, rows: readonly FedRow[]): Promise<void> {
  const expected = supplyOf(rows);
  for (const sku of FED_ITEMS) {
    const { body } = await api.ask({ method: 'GET', path: `/v1/stock/${sku}` });
    for (const { nodeId, supply } of (body as unknown as SeenStock).nodes ?? []) {
      const wanted = expected.get(placeOf({ sku, nodeId }));
      if (supply !== (wanted ?? null))
        findings.add(
          'feeds',
          `the supply of ${sku} at ${nodeId} is ${supply}, and its feeds end in ${wanted}`,
        );
    }
  }
}
