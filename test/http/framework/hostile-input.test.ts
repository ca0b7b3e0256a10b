import { type ApiUnderTest, startApi } from '../support/api-under-test';
import { rawRequest } from '../support/raw-request';
import { ORDER as BODY, LINE } from '../support/samples';

let api: ApiUnderTest;
let serial = 0;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const place = (body: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/orders', body, { 'Idempotency-Key': `key-${++serial}`, ...headers });
const text = (changes: object) => JSON.stringify({ ...BODY, ...changes });
const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** The body, the field that the problem must name, and the status if it is not 400. */
const BODIES: [string, unknown, string, number?][] = [
  ['nothing', '', 'body'],
  ['no JSON', 'hello', 'body'],
  ['an unfinished body', '{"customerId":', 'body'],
  ['trailing garbage', `${text({})}x`, 'body'],
  ['two values', `${text({})}${text({})}`, 'body'],
  ['a comment', `/* hi */${text({})}`, 'body'],
  ['a trailing comma', '{"customerId":"a",}', 'body'],
  ['a byte order mark', `\uFEFF${text({})}`, 'body'],
  ['NaN', text({}).replace('500', 'NaN'), 'body'],
  ['single quotes', "{'customerId':'a'}", 'body'],
  ['an array', '[]', 'body'],
  ['null', 'null', 'body'],
  ['a string', '"order"', 'body'],
  ['a raw control character', text({}).replace('cust-1', 'cust\u0001'), 'body'],
  ['a duplicate key', text({}).replace('{', '{"currency":"USD",'), 'currency'],
  ['a duplicate key inside', text({}).replace('"sku"', '"quantity":1,"sku"'), 'lines[0].quantity'],
  ['an escaped duplicate key', text({}).replace('{', '{"curr\\u0065ncy":"USD",'), 'currency'],
  ['a deep body', text({}).replace('"north"', deep(20)), 'shipTo.region[0][0]'],
  ['a bottomless body', deep(30_000), '[0][0]'],
  ['a body of 257 KiB', text({ customerId: 'x'.repeat(257 * 1024) }), 'body', 413],
  ['an unknown field', { ...BODY, discount: 5 }, 'discount'],
  ['an unknown field inside', { ...BODY, lines: [{ ...LINE, price: 5 }] }, 'lines[0].price'],
  ['__proto__', text({}).replace('{', '{"__proto__":{},'), '__proto__'],
  ['constructor', { ...BODY, constructor: {} }, 'constructor'],
  ['a missing field', { ...BODY, customerId: undefined }, 'customerId'],
  ['a wrong type', { ...BODY, customerId: 7 }, 'customerId'],
  ['null for a field', { ...BODY, channel: null }, 'channel'],
  ['no lines', { ...BODY, lines: [] }, 'lines'],
  ['501 lines', { ...BODY, lines: Array(501).fill(LINE) }, 'lines'],
  ['lines that are none', { ...BODY, lines: { 0: LINE } }, 'lines'],
  ['zero', { ...BODY, lines: [{ ...LINE, quantity: 0 }] }, 'lines[0].quantity'],
  ['minus zero', text({}).replace(':2,', ':-0,'), 'lines[0].quantity'],
  ['a negative number', { ...BODY, lines: [{ ...LINE, quantity: -1 }] }, 'lines[0].quantity'],
  ['a fraction', { ...BODY, lines: [LINE, { ...LINE, quantity: 1.5 }] }, 'lines[1].quantity'],
  ['a number too large', { ...BODY, lines: [{ ...LINE, quantity: 1_000_001 }] }, 'lines[0].quantity'],
  ['1e400', text({}).replace(':2,', ':1e400,'), 'lines[0].quantity'],
  ['a number as text', { ...BODY, lines: [{ ...LINE, quantity: '2' }] }, 'lines[0].quantity'],
  ['a price too high', { ...BODY, lines: [{ ...LINE, unitPrice: 1_000_000_001 }] }, 'lines[0].unitPrice'],
  ['a total too high', { ...BODY, lines: [{ ...LINE, quantity: 1_000_000, unitPrice: 1_000_001 }] }, 'lines'],
  ['NUL', { ...BODY, customerId: 'a\u0000b' }, 'customerId'],
  ['a line feed', { ...BODY, customerId: 'a\n' }, 'customerId'],
  ['half a surrogate pair', text({}).replace('cust-1', '\\ud800'), 'customerId'],
  ['an empty id', { ...BODY, customerId: '' }, 'customerId'],
  ['a long id', { ...BODY, customerId: 'x'.repeat(101) }, 'customerId'],
  ['an id that begins with a space', { ...BODY, shipTo: { region: ' x' } }, 'shipTo.region'],
  ['an id of two dots', { ...BODY, shipTo: { region: '..' } }, 'shipTo.region'],
  ['no currency of this world', { ...BODY, currency: 'ZZZ' }, 'currency'],
  ['a currency in small letters', { ...BODY, currency: 'eur' }, 'currency'],
  ['yes for true', { ...BODY, shipComplete: 'yes' }, 'shipComplete'],
  ['no shipment', { ...BODY, maxShipments: 0 }, 'maxShipments'],
  ['half a shipment', { ...BODY, maxShipments: 1.5 }, 'maxShipments'],
  ['null for no limit', { ...BODY, maxShipments: null }, 'maxShipments'],
  ['a key of 60,000 characters', { ...BODY, ['k'.repeat(60_000)]: 1 }, 'k'.repeat(100)],
];

describe('bodies of orders', () => {
  it.each(BODIES)('refuses %s', async (_, body, field, status = 400) => {
    const answer = await place(body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(answer.json).toMatchObject({ status, type: expect.stringMatching(/^\/problems\/[a-z-]+$/) });
    const fields = answer.json.errors.map((error: { field: string }) => error.field);
    expect(fields.some((name: string) => name === field || name.startsWith(`${field}[0]`))).toBe(true);
    expect(answer.text.length).toBeLessThan(10_000);
  });

  it.each([
    ['1.0', text({}).replace(':2,', ':2.0,')],
    ['2e0', text({}).replace(':2,', ':2e0,')],
    ['white space around', ` \n${text({})}\r\n`],
  ])('takes %s', async (_, body) => {
    expect((await place(body)).status).toBe(202);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(text({}).replace('cust-1', 'cust-\xff'), 'latin1');
    const response = await fetch(`${api.url}/v1/orders`, {
      method: 'POST',
      headers: {
        Authorization: 'Bearer hf_admin_of_the_tests',
        'Content-Type': 'application/json',
        'Idempotency-Key': 'bytes',
      },
      body: bytes,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { errors: [{ field: 'body' }] }]);
  });

  it.each([
    ['another media type', { 'Content-Type': 'text/plain' }, 'Content-Type'],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'Content-Type'],
    ['another charset', { 'Content-Type': 'application/json; charset=utf-16' }, 'Content-Type'],
    ['compression', { 'Content-Encoding': 'gzip' }, 'Content-Encoding'],
  ])('answers 415 to %s', async (_, headers, field) => {
    const answer = await place(BODY, headers as unknown as Record<string, string>);
    expect([answer.status, answer.json.errors[0].field]).toEqual([415, field]);
  });

  it.each([
    ['missing', {}],
    ['empty', { 'Idempotency-Key': '' }],
    ['too long', { 'Idempotency-Key': 'k'.repeat(256) }],
    ['with a space', { 'Idempotency-Key': 'a b' }],
    ['not ASCII', { 'Idempotency-Key': 'caf\u00e9' }],
  ])('names an idempotency key that is %s', async (_, headers) => {
    for (const path of ['/v1/orders', '/v1/reservations']) {
      const answer = await api.call('POST', path, BODY, headers as Record<string, string>);
      expect([answer.status, answer.json.errors[0].field]).toEqual([400, 'Idempotency-Key']);
    }
  });

  it.each(['wait=-1', 'wait=x', 'wait=', ',,,', 'wait', '\u00ff', 'wait=1;wait=2'])(
    'makes nothing of the preference %j that is a fault',
    async (prefer) => {
      expect([200, 202]).toContain((await place(BODY, { Prefer: prefer })).status);
    },
  );
});

describe('queries and paths', () => {
  it.each([
    ['/v1/orders?limit=1&limit=2', 'limit'],
    ['/v1/orders?limit=0', 'limit'],
    ['/v1/orders?limit=201', 'limit'],
    ['/v1/orders?limit=1.5', 'limit'],
    ['/v1/orders?limit=1e1', 'limit'],
    ['/v1/orders?status=pending', 'status'],
    ['/v1/orders?customerId=%00', 'customerId'],
    ['/v1/orders?customerId[]=x', 'customerId[]'],
    ['/v1/orders?what=x', 'what'],
    ['/v1/orders?__proto__=x', '__proto__'],
    ['/v1/orders?cursor=nonsense', 'cursor'],
    [`/v1/orders?cursor=${Buffer.from('0000-01-01T00:00:00Z ord_1').toString('base64url')}`, 'cursor'],
    ['/v1/orders?customerId=%ff', 'query'],
    ['/v1/orders?customerId=%', 'query'],
    ['/v1/orders/ord_1?verbose=1', 'verbose'],
    ['/v1/sagas', 'state'],
    ['/v1/sagas?state=all', 'state'],
    ['/v1/orders/%00', 'id'],
    ['/v1/orders/a%20', 'id'],
    ['/v1/orders/%ff', 'path'],
    [`/v1/orders/${'x'.repeat(101)}`, 'id'],
    ['/v1/stock/%C2%85', 'sku'],
  ])('GET %s names %s', async (path, field) => {
    const answer = await api.call('GET', path);
    expect([answer.status, answer.json.errors[0].field]).toEqual([400, field]);
  });

  it('answers 404 and 405 with problems', async () => {
    for (const path of ['/v1', '/v1/orders/', '/V1/orders', '/docs/', '/docs/assets/..%2fpackage.json']) {
      const answer = await api.call('GET', path);
      expect([path, answer.status, answer.json.type]).toEqual([path, 404, '/problems/not-found']);
    }
    const wrong = await api.call('DELETE', '/v1/orders');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, GET, HEAD']);
    expect((await api.call('PATCH', '/v1/nodes/x', {})).headers.get('allow')).toBe('PUT, GET, DELETE, HEAD');
  });
});

describe('malformed HTTP', () => {
  const head = 'Host: x\r\nAuthorization: Bearer hf_admin_of_the_tests\r\nConnection: close\r\n';

  it.each([
    ['a malformed path', `GET /v1/orders/%E0%A4%A HTTP/1.1\r\n${head}\r\n`, 400],
    ['no HTTP', 'hello\r\n\r\n', 400],
    ['headers of 20 KiB', `GET /livez HTTP/1.1\r\n${head}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a bad length', `POST /v1/orders HTTP/1.1\r\n${head}Content-Length: x\r\n\r\n`, 400],
    [
      'both lengths',
      `POST /v1/orders HTTP/1.1\r\n${head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a URL that is none', `GET http://[ HTTP/1.1\r\n${head}\r\n`, 400],
    [
      'a body that is announced too large',
      `POST /v1/orders HTTP/1.1\r\n${head}Idempotency-Key: k\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{`,
      413,
    ],
    [
      'a body that turns out too large',
      `POST /v1/orders HTTP/1.1\r\n${head}Idempotency-Key: k\r\nContent-Type: application/json\r\n` +
        `Transfer-Encoding: chunked\r\n\r\n41000\r\n${'x'.repeat(0x41000)}\r\n`,
      413,
    ],
  ])('answers %s with a problem', async (_, bytes, status) => {
    const answer = await rawRequest(api.url, bytes);
    expect(answer.split('\r\n')[0]).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ status });
  });

  it('survives a caller that disconnects in the middle of a body, and counts a 4xx, not a 5xx', async () => {
    const { connect } = await import('node:net');
    const { port } = new URL(api.url);
    const before = await answersToOrders();
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.write(
          `POST /v1/orders HTTP/1.1\r\n${head}Idempotency-Key: gone\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
        );
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on('close', () => resolve());
    });
    expect((await api.call('GET', '/livez')).status).toBe(200);
    let after = before;
    while (after.size === before.size && total(after) === total(before)) after = await answersToOrders();
    expect([after.get('400'), after.get('503')]).toEqual([(before.get('400') ?? 0) + 1, before.get('503')]);
  });
});

const total = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((sum, one) => sum + one, 0);

/** Counts the answers to new orders by status, as the metrics tell them. */
async function answersToOrders(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const counts = text.matchAll(
    /request_duration_seconds_count\{method="post",route="\/v1\/orders",status="(\d+)"\} (\d+)/g,
  );
  return new Map([...counts].map(([, status = '', count]) => [status, Number(count)]));
}
