import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AddressGuard, type Resolve } from '../../../src/events/webhooks/address-guard';
import { EndpointClient } from '../../../src/events/webhooks/endpoint-client';

const { signal } = new AbortController();
const MESSAGE = { headers: {}, body: '{}' };

let server: Server;
let port: number;
let calls: number;

beforeAll(async () => {
  server = createServer((_, response) => {
    calls += 1;
    // Each message dials anew.
    response.setHeader('connection', 'close').end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => server.close());
beforeEach(() => {
  calls = 0;
});

/** The addresses that a webhook must not reach, and the traps that lead there. */
const TRAPS: readonly (readonly [what: string, url: string])[] = [
  ['loopback', 'https://127.0.0.1/'],
  ['this host', 'https://0.0.0.0/'],
  ['octal', 'https://0177.0.0.1/'],
  ['hexadecimal', 'https://0x7f.1/'],
  ['one number', 'https://2130706433/'],
  ['two numbers', 'https://127.1/'],
  ['full-width digits', 'https://１２７.０.０.１/'],
  ['with a dot at the end', 'https://127.0.0.1./'],
  ['private, 10', 'https://10.1.2.3/'],
  ['private, 172.16', 'https://172.16.0.1/'],
  ['private, 192.168', 'https://192.168.1.1/'],
  ['carrier-grade NAT', 'https://100.64.0.1/'],
  ['link-local: the metadata of a cloud', 'https://169.254.169.254/'],
  ['the host in Azure', 'https://168.63.129.16/'],
  ['documentation', 'https://192.0.2.1/'],
  ['benchmarks', 'https://198.18.0.1/'],
  ['multicast', 'https://224.0.0.1/'],
  ['broadcast', 'https://255.255.255.255/'],
  ['IPv6 loopback', 'https://[::1]/'],
  ['IPv6 unspecified', 'https://[::]/'],
  ['IPv4-mapped', 'https://[::ffff:127.0.0.1]/'],
  ['IPv4-mapped, public', 'https://[::ffff:8.8.8.8]/'],
  ['IPv4-compatible', 'https://[::127.0.0.1]/'],
  ['IPv4-compatible, in hexadecimal', 'https://[::7f00:1]/'],
  ['ISATAP', 'https://[::5efe:7f00:1]/'],
  ['ISATAP in a public prefix', 'https://[2a00::5efe:7f00:1]/'],
  ['NAT64', 'https://[64:ff9b::7f00:1]/'],
  ['local NAT64', 'https://[64:ff9b:1::7f00:1]/'],
  ['6to4', 'https://[2002:7f00:1::]/'],
  ['Teredo', 'https://[2001::1]/'],
  ['IPv6 documentation', 'https://[2001:db8::1]/'],
  ['unique local', 'https://[fd00:ec2::254]/'],
  ['IPv6 link-local', 'https://[fe80::1]/'],
  ['IPv6 site-local', 'https://[fec0::1]/'],
  ['IPv6 multicast', 'https://[ff02::1]/'],
  ['plain http', 'http://93.184.216.34/'],
  ['plain http by name', 'http://example.com/'],
];

test.each(TRAPS)('%s is refused: %s', async (_, url) => {
  const guard = new AddressGuard([]);
  expect(guard.refusal(url)).toMatch(/not a public address|https:\/\//);
  const client = new EndpointClient(guard, 2_000);
  await expect(client.post({ url, ...MESSAGE }, signal)).rejects.toThrow(/the URL/);
});

test.each(['https://93.184.216.34/', 'https://[2606:4700::1111]/', 'https://example.com:8443/in?x=1'])(
  '%s is public',
  (url) => {
    expect(new AddressGuard([]).refusal(url)).toBeNull();
  },
);

test('an admitted range is reached, also by http, and no other', () => {
  const guard = new AddressGuard(['10.1.0.0/16', 'fd00::/8']);
  const refused = ['http://10.1.2.3/', 'https://10.1.2.3/', 'https://[fd00::1]/', 'http://erp.internal/'].map(
    (url) => guard.refusal(url),
  );
  expect(refused).toEqual([null, null, null, null]);
  for (const url of [
    'http://10.2.0.1/',
    'https://127.0.0.1/',
    'http://93.184.216.34/',
    'https://[fe80::1]/',
  ]) {
    expect(guard.refusal(url)).not.toBeNull();
  }
});

/** Posts to a name that resolves as given, at the server of this test. */
async function postTo(resolve: Resolve, admitted: readonly string[], times = 1): Promise<readonly string[]> {
  const client = new EndpointClient(new AddressGuard(admitted, resolve), 2_000);
  const outcomes: string[] = [];
  for (let n = 0; n < times; n++) {
    outcomes.push(
      await client.post({ url: `http://endpoint.test:${port}/`, ...MESSAGE }, signal).then(
        ({ status }) => String(status),
        (error: Error) => error.message,
      ),
    );
  }
  client.close();
  return outcomes;
}

/** Admits the loopback address of the server, and not the others of this machine. */
const SERVER_ONLY = ['127.0.0.1/32'];

test('a name is resolved on every dial: a second answer that leads inside is refused', async () => {
  const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.1']];
  const outcomes = await postTo(async () => answers.shift() ?? [], SERVER_ONLY, 3);
  expect(outcomes).toEqual([
    '200',
    expect.stringMatching(/endpoint.test is at 127.0.0.2, which is not/),
    '200',
  ]);
  expect(calls).toBe(2);
});

test.each([
  ['first', ['127.0.0.2', '127.0.0.1']],
  ['last', ['127.0.0.1', '169.254.169.254']],
  ['of the other family', ['127.0.0.1', '::1']],
])('a mixed answer is refused, the inner address %s', async (_, addresses) => {
  expect(await postTo(async () => addresses, SERVER_ONLY)).toEqual([
    expect.stringMatching(/not a public address/),
  ]);
  expect(calls).toBe(0);
});

test('localhost is refused when it is dialled', async () => {
  const client = new EndpointClient(new AddressGuard([]), 2_000);
  await expect(client.post({ url: `https://localhost:${port}/`, ...MESSAGE }, signal)).rejects.toThrow(
    /localhost is at .*not a public address/,
  );
  expect(calls).toBe(0);
});

test('by https a public name that leads inside is refused before a connection opens', async () => {
  const guard = new AddressGuard([], async () => ['127.0.0.1']);
  const client = new EndpointClient(guard, 2_000);
  await expect(client.post({ url: `https://endpoint.test:${port}/`, ...MESSAGE }, signal)).rejects.toThrow(
    /not a public address/,
  );
  expect(calls).toBe(0);
});
