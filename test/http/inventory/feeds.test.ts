import { connect, type Socket } from 'node:net';
import { ADMIN_KEY, type ApiUnderTest, startApi } from '../support/api-under-test';
import { countRow as catalogueRow, setUpCatalogue } from '../support/catalogue';

let api: ApiUnderTest;
let items = 1;
let sku: string;
beforeAll(async () => {
  api = await startApi();
  await setUpCatalogue(api, 10);
});
afterAll(() => api.close());

/** Creates an item for every test, with 10 units. */
beforeEach(async () => {
  items += 1;
  sku = `SKU-${items}`;
  await api.call('PUT', `/v1/items/${sku}`, { name: sku });
  await send([countRow()]);
});

const countRow = (changes: object = {}) => catalogueRow({ sku, ...changes });

const NDJSON = { 'Content-Type': 'application/x-ndjson' };
const send = (rows: unknown, headers = {}) => api.call('POST', '/v1/feeds/wms', rows, headers);
const sendLines = (lines: readonly string[]) => send(lines.join('\n'), NDJSON);
const moved = (movement: number, sequence: number) => countRow({ count: undefined, movement, sequence });
const shelf = async () => (await api.call('GET', `/v1/stock/${sku}`)).json.nodes[0];
const rejected = (detail: string) =>
  expect.objectContaining({ outcome: 'rejected', reason: 'INVALID', detail });
const outcome = (kind: string, more: object = {}) => expect.objectContaining({ outcome: kind, ...more });

it('takes movements beside counts, in any order, and answers a shortfall', async () => {
  const answer = await send([
    moved(-4, 3),
    moved(-9, 2),
    countRow({ sequence: 2, count: 3 }),
    moved(0, 4),
    moved(-4, 3),
  ]);
  expect(answer.json.results).toEqual([
    outcome('applied'),
    outcome('applied', { shortfall: 3 }),
    outcome('applied', { shortfall: 1 }),
    outcome('applied', { shortfall: 1 }),
    outcome('duplicate'),
  ]);
  expect(await shelf()).toMatchObject({ supply: 0, shortfall: 1, atp: 0 });
});

it('requires of every row either a count or a movement, whole and within bounds', async () => {
  const neither = countRow({ sequence: 9, count: undefined });
  const answer = await send([
    neither,
    countRow({ sequence: 9, movement: 1 }),
    moved(0.5, 9),
    moved(100_000_001, 9),
    countRow({ sequence: 9, count: 1e300 }),
    countRow({ sequence: 9, section: 'cellar' }),
    countRow({ sequence: -1 }),
    countRow({ sequence: 9, surplus: 1 }),
    countRow({ sequence: 9, count: 4 }),
  ]);
  const oneOf = 'count: is required unless movement is given, and excludes it';
  expect(answer.json.results).toEqual([
    rejected(oneOf),
    rejected(oneOf),
    rejected(expect.stringContaining('movement: must be a whole number')),
    rejected(expect.stringContaining('movement: must be a whole number')),
    rejected(expect.stringContaining('count: ')),
    rejected(expect.stringContaining('section: ')),
    rejected(expect.stringContaining('sequence: ')),
    rejected('surplus: is not a known field'),
    outcome('applied'),
  ]);
});

const row = JSON.stringify(catalogueRow({ sku: 'SKU', sequence: 2, count: 4 }));
const own = (text: string) => text.replaceAll('"SKU"', `"${sku}"`);

it.each([
  ['a name twice', row.replace('"count":4', '"count":4,"count":5'), 'count: appears twice'],
  [
    'a name twice, written differently',
    row.replace('"count":4', '"count":4,"\\u0063ount":5'),
    'count: appears twice',
  ],
  ['a name twice, far apart', `{"count": 5 ,${row.slice(1)}`, 'count: appears twice'],
  ['a comment', row.replace('{', '{/**/'), expect.stringContaining('is not JSON')],
  ['a comma too many', row.replace('}', ',}'), expect.stringContaining('is not JSON')],
  ['two values', `${row}${row}`, expect.stringContaining('is not JSON')],
  ['something nested', row.replace('"count":4', '"count":{"a":1}'), expect.stringContaining('count: ')],
  ['an array', `[${row}]`, expect.stringContaining('row: ')],
  ['a string', '"a:b"', expect.stringContaining('row: ')],
  ['a nest of 5,000', '['.repeat(5_000), expect.stringContaining('levels deep')],
])('of NDJSON, a line with %s is that line’s fault alone', async (_, line, detail) => {
  const sound = JSON.stringify(countRow({ sequence: 3, count: 7 }));
  const answer = await sendLines([own(line), sound]);
  expect(answer.json.results).toEqual([rejected(detail), outcome('applied')]);
  expect(await shelf()).toMatchObject({ supply: 7 });
});

it('reads quotes, colons and escapes inside of strings as text', async () => {
  const names = ['"a\\":b"', '"a\\\\"', '"a\\u0000"'];
  const answer = await sendLines(names.map((name) => own(row).replace('"msg-1"', name)));
  expect(answer.json.results).toEqual([
    outcome('applied', { messageId: 'a":b' }),
    outcome('duplicate', { messageId: 'a\\' }),
    rejected(expect.stringContaining('messageId: ')),
  ]);
});

it('refuses a whole array that is not strict JSON', async () => {
  const twice = `[${row.replace('"count":4', '"count":4,"count":5')}]`;
  for (const body of [twice, `[${row},]`, `[${row}`, row, `[${row}] x`]) {
    expect([body, (await send(own(body))).status]).toEqual([body, 400]);
  }
  expect(await shelf()).toMatchObject({ supply: 10 });
});

it('rejects only the line with bytes that are not UTF-8', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`${own(row)}\n`),
    Buffer.from([0xff, 0x22, 10]),
    Buffer.from('"é"\n'),
  ]);
  const answer = await fetch(`${api.url}/v1/feeds/wms`, {
    method: 'POST',
    headers: { ...NDJSON, Authorization: `Bearer ${ADMIN_KEY}` },
    body: bytes,
  });
  expect(JSON.parse(await answer.text()).results).toEqual([
    outcome('applied'),
    rejected('row: is not UTF-8'),
    rejected(expect.stringContaining('row: ')),
  ]);
});

it('ignores a byte order mark, at the beginning and where files were joined', async () => {
  const answer = await sendLines([`\uFEFF${own(row)}`, `\uFEFF${own(row)}`]);
  expect(answer.json.results).toEqual([outcome('applied'), outcome('duplicate')]);
});

it('answers 413 to lines and bodies that are too long, and to 10,001 lines', async () => {
  expect((await sendLines([own(row), 'x'.repeat(70_000)])).status).toBe(413);
  expect((await sendLines(['x'.repeat(66_000), own(row)])).status).toBe(413);
  expect((await send('\n'.repeat(9 * 1024 * 1024), NDJSON)).status).toBe(413);
  expect((await sendLines(Array(10_001).fill('1'))).status).toBe(413);
});

describe('a feed that is still being sent', () => {
  let lines: readonly string[];
  let whole: string;
  beforeEach(() => {
    lines = Array.from({ length: 1_300 }, (_, index) =>
      JSON.stringify(countRow({ messageId: `m${index}`, sequence: 10 + index, count: index })),
    );
    whole = `${lines.join('\n')}\n`;
  });

  function begin(text: string): Socket {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const head = [
      ...['POST /v1/feeds/wms HTTP/1.1', 'Host: x', `Authorization: Bearer ${ADMIN_KEY}`],
      ...['Content-Type: application/x-ndjson', `Content-Length: ${Buffer.byteLength(whole)}`],
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n${text}`);
    return socket;
  }

  /** Waits until a count has been applied. */
  async function isApplied(count: number): Promise<void> {
    while ((await shelf()).supply !== count);
  }

  it('is answered before its end when a line is too long', async () => {
    const socket = begin('x'.repeat(66_000));
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => resolve(`${chunk}`)),
    );
    expect(answer).toContain('HTTP/1.1 413 ');
    socket.destroy();
  });

  it('is applied in portions while it arrives, and answered at its end', async () => {
    const half = whole.indexOf('"m700"');
    const socket = begin(whole.slice(0, half));
    await isApplied(499);
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
        if (text.endsWith(']}')) resolve(text);
      });
    });
    socket.write(whole.slice(half));
    expect(await answer).toContain('"applied":1300,"duplicate":0,"stale":0,"rejected":0');
    socket.destroy();
    expect(await shelf()).toMatchObject({ supply: 1_299 });
  });

  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['cut', (socket: Socket) => socket.resetAndDestroy()],
  ])('keeps the applied rows when it is %s, and applies the rest when it is sent again', async (_, stop) => {
    const socket = begin(whole.slice(0, whole.indexOf('"m1100"')));
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
    });
    await isApplied(999);
    stop(socket);
    expect(await answer).toMatch(/^(HTTP\/1\.1 400 |$)/);
    const again = await sendLines(lines);
    expect(again.json).toMatchObject({ applied: 300, duplicate: 1, stale: 999, rejected: 0 });
    expect(await shelf()).toMatchObject({ supply: 1_299 });
  });
});

it('shows the supply of another source of the node, and the difference', async () => {
  await api.call('PUT', '/v1/sources/next', { name: 'N', basis: 'on_hand', nodes: ['wh-1'], authority: 9 });
  await api.call('POST', '/v1/feeds/next', [countRow({ count: 7 })]);
  expect(await shelf()).toMatchObject({
    supply: 7,
    sourceId: 'next',
    others: [{ sourceId: 'wms', basis: 'on_hand', supply: 10, freshness: 'fresh', difference: 3 }],
  });
});

describe('CSV', () => {
  const HEADER = 'messageId,sequence,sku,nodeId,count,movement,observedAt';
  const sendCsv = (...lines: readonly string[]) => send(lines.join('\r\n'), { 'Content-Type': 'text/csv' });
  const line = (more: string) => `m-1,${more},2026-01-01T00:00:00Z`;

  it('answers each row by its index, SKU and message, as JSON and NDJSON do', async () => {
    const answer = await sendCsv(
      `\uFEFF${HEADER}`,
      line(`2,"${sku}",wh-1,7,`),
      '',
      line(`3,${sku},wh-1,,"-2"`),
      line(`3,${sku},wh-1,,-2`),
      line(`4,${sku},wh-1,many,`),
      line(`4,${sku},wh-1,1,,`),
      line(`4,"${sku}"x,wh-1,1,`),
      line(`4,${sku},nowhere,1,`),
    );
    const named = { sku, messageId: 'm-1' };
    const unnamed = { sku: null, messageId: null };
    const faulty = { outcome: 'rejected', reason: 'INVALID' };
    expect(answer.json.results).toEqual([
      { row: 1, ...named, outcome: 'applied' },
      { row: 2, ...named, outcome: 'applied' },
      { row: 3, ...named, outcome: 'duplicate' },
      { row: 4, ...named, ...faulty, detail: expect.stringContaining('count: must be a whole number') },
      { row: 5, ...unnamed, ...faulty, detail: expect.stringContaining('has 8 cells') },
      { row: 6, ...unnamed, ...faulty, detail: expect.stringContaining('quotes that do not match') },
      { row: 7, ...named, outcome: 'rejected', reason: 'UNKNOWN_NODE' },
    ]);
    expect(await shelf()).toMatchObject({ supply: 5 });
  });

  it.each([
    ['an unknown field', 'messageId,colour', '"colour" is not one of messageId'],
    ['a field twice', 'messageId,sku,count,sku', 'must not name a field twice'],
    ['no message id', 'sku,count', 'must name messageId'],
    ['a row in its place', line('2,SKU,wh-1,7,'), '"m-1" is not one of messageId'],
  ])('refuses the whole feed where the header has %s', async (_, header, message) => {
    const answer = await sendCsv(header, line(`2,${sku},wh-1,7,`));
    expect([answer.status, answer.json.detail]).toEqual([400, expect.stringContaining(message)]);
    expect(await shelf()).toMatchObject({ supply: 10 });
  });
});

it('takes sections of stores alone, shows them, and lets a form be declared', async () => {
  const store = { name: 'Store', kind: 'store', region: 'north' };
  await api.call('PUT', '/v1/nodes/st-1', store);
  const tills = { name: 'Tills', basis: 'on_hand', nodes: ['st-1', 'wh-1'] };
  const declared = await api.call('PUT', '/v1/sources/tills', { ...tills, forms: { 'st-1': 'sections' } });
  expect(declared.json).toMatchObject({ forms: { 'st-1': 'sections' } });
  const floor = { nodeId: 'st-1', section: 'floor', count: 4 };
  const answer = await api.call('POST', '/v1/feeds/tills', [
    countRow(floor),
    countRow({ ...floor, section: 'backroom', count: 6 }),
    countRow({ nodeId: 'st-1' }),
    countRow({ section: 'floor' }),
  ]);
  expect(answer.json.results).toEqual([
    outcome('applied'),
    outcome('applied'),
    outcome('rejected', { reason: 'OTHER_FORM' }),
    outcome('rejected', { reason: 'NODE_WITHOUT_SECTIONS' }),
  ]);
  const sections = [
    { section: 'backroom', supply: 6, observedAt: expect.any(String) },
    { section: 'floor', supply: 4, observedAt: expect.any(String) },
  ];
  const { nodes } = (await api.call('GET', `/v1/stock/${sku}`)).json;
  expect(nodes).toEqual([
    expect.objectContaining({ nodeId: 'st-1', supply: 10, sections }),
    expect.not.objectContaining({ sections: expect.anything() }),
  ]);
  expect((await api.call('PUT', '/v1/nodes/st-1', { ...store, kind: 'warehouse' })).status).toBe(409);
});

it.each([
  ['a node that is no store', { 'wh-1': 'sections' }, 'forms.wh-1'],
  ['a node that is not assigned', { 'st-9': 'whole' }, 'forms'],
])('refuses a declaration of %s', async (_, forms, field) => {
  const answer = await api.call('PUT', '/v1/sources/odd', {
    name: 'O',
    basis: 'on_hand',
    nodes: ['wh-1'],
    forms,
  });
  expect([answer.status, answer.json.errors[0].field]).toEqual([400, field]);
});
