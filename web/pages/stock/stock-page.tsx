import type { Availability, Item, Node, Page } from '../../api/answers';
import { ask, queryOf } from '../../api/client';
import { Pill } from '../../parts/facts';
import { PageHead } from '../../parts/page-head';
import { linkTo, replaceQuery, route } from '../../parts/router';
import { Empty, Needs, WhenLoaded } from '../../parts/states';
import { Table } from '../../parts/table';
import { useLoad } from '../../parts/use-load';

/** The items with the stock that can be promised, for one region and at one node or all. */
export function StockPage() {
  return (
    <>
      <PageHead title="Stock" lead="How much of each item can be sold, and where it is." />
      <Needs scope="inventory:read" to="see stock">
        <Items />
      </Needs>
    </>
  );
}

interface Listed {
  readonly nodes: readonly Node[];
  readonly items: readonly Item[];
  readonly nextCursor: string | undefined;
  readonly available: ReadonlyMap<string, Availability['items'][number]>;
  readonly region: string;
}

async function readStock(query: URLSearchParams, signal: AbortSignal): Promise<Listed> {
  const [nodes, page] = await Promise.all([
    ask<Page<Node>>('/v1/nodes?limit=200', { signal }),
    itemsOf(query.get('sku') ?? '', query.get('cursor') ?? undefined, signal),
  ]);
  const region = query.get('region') ?? nodes.items[0]?.region ?? 'none';
  const skus = page.items.map(({ sku }) => sku);
  const { items } =
    skus.length === 0
      ? { items: [] }
      : await ask<Availability>('/v1/availability', {
          method: 'POST',
          body: { skus, region, explain: true },
          signal,
        });
  return {
    nodes: nodes.items,
    items: page.items,
    nextCursor: page.nextCursor,
    available: new Map(items.map((one) => [one.sku, one])),
    region,
  };
}

async function itemsOf(sku: string, cursor: string | undefined, signal: AbortSignal): Promise<Page<Item>> {
  if (sku === '') return ask<Page<Item>>(`/v1/items${queryOf({ limit: '50', cursor })}`, { signal });
  return { items: [await ask<Item>(`/v1/items/${encodeURIComponent(sku)}`, { signal })] };
}

function Items() {
  const { query } = route.value;
  const wanted = queryOf({
    sku: query.get('sku') ?? '',
    region: query.get('region') ?? '',
    cursor: query.get('cursor') ?? '',
  });
  const loaded = useLoad((signal) => readStock(query, signal), [wanted]);
  return (
    <>
      {loaded.answer && <Filters listed={loaded.answer} />}
      <WhenLoaded loaded={loaded}>
        {({ items, available, nextCursor }) => (
          <>
            {items.length === 0 ? (
              <Empty>There is no item yet. Create one with PUT /v1/items.</Empty>
            ) : (
              <ItemTable items={items} available={available} nodeId={query.get('node') ?? ''} />
            )}
            <p class="pager">
              {query.has('cursor') && (
                <button type="button" class="plain" onClick={() => replaceQuery({ cursor: '' })}>
                  First items
                </button>
              )}
              {nextCursor && (
                <button type="button" class="plain" onClick={() => replaceQuery({ cursor: nextCursor })}>
                  More items
                </button>
              )}
            </p>
          </>
        )}
      </WhenLoaded>
    </>
  );
}

function Filters({ listed: { nodes, region } }: { listed: Listed }) {
  const { query } = route.value;
  const regions = [...new Set(nodes.map((node) => node.region))];
  const change = (name: string) => (event: Event) =>
    replaceQuery({ [name]: (event.currentTarget as HTMLInputElement).value.trim(), cursor: '' });
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filter the stock">
      <div>
        <label for="stock-sku">Item (exact SKU)</label>
        <input id="stock-sku" size={14} value={query.get('sku') ?? ''} onChange={change('sku')} />
      </div>
      <div>
        <label for="stock-region">Sold to region</label>
        <select id="stock-region" value={region} onChange={change('region')}>
          {regions.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <div>
        <label for="stock-node">Stock at</label>
        <select id="stock-node" value={query.get('node') ?? ''} onChange={change('node')}>
          <option value="">all nodes</option>
          {nodes.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </form>
  );
}

function ItemTable({
  items,
  available,
  nodeId,
}: {
  items: readonly Item[];
  available: Listed['available'];
  nodeId: string;
}) {
  return (
    <Table
      caption="Items and their stock"
      columns={[
        'Item',
        ['Sellable', 'number'],
        [nodeId === '' ? 'In stock' : 'Here', 'number'],
        ['Note', 'wide'],
      ]}
    >
      {items.map(({ sku, name }) => {
        const one = available.get(sku);
        const here = one?.nodes?.find((node) => node.nodeId === nodeId);
        return (
          <tr key={sku}>
            <td>
              <a href={linkTo('stock', sku)}>{sku}</a>
              <div class="small quiet">{name}</div>
              <div class="narrow">
                <Notes one={one} />
              </div>
            </td>
            <td class="number strong">{sellableOf(one)}</td>
            <td class="number">{nodeId === '' ? (one?.atp ?? '–') : (here?.atp ?? '–')}</td>
            <td class="wide">
              <Notes one={one} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

/** Units as a number; an item with unlimited backorders has no end. */
function sellableOf(one: Availability['items'][number] | undefined): string {
  if (!one) return '–';
  return one.backorderRoom === null ? 'no limit' : one.sellable.toLocaleString('en');
}

function Notes({ one }: { one: Availability['items'][number] | undefined }) {
  const { sellable = 0, openBackorders = 0, nodes = [], excluded = [] } = one ?? {};
  const expired = nodes.filter(({ freshness }) => freshness === 'expired').length;
  const short = nodes.reduce((sum, { shortfall = 0 }) => sum + shortfall, 0);
  return (
    <span class="notes">
      {sellable === 0 && <Pill tone="bad">sold out</Pill>}
      {openBackorders > 0 && <Pill tone="warn">{openBackorders} on backorder</Pill>}
      {short > 0 && <Pill tone="bad">short by {short}</Pill>}
      {expired > 0 && <Pill tone="warn">{expired} feeds silent</Pill>}
      {excluded.length > expired && <Pill tone="calm">{excluded.length - expired} nodes left out</Pill>}
    </span>
  );
}
