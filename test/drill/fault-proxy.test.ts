import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { FaultProxy } from '../../scripts/drill/processes/fault-proxy';
import { findFreePorts } from '../../tools/processes/ports';

const SILENCE_MS = 150;
const DELAY_MS = 120;

let server: Server;
let proxy: FaultProxy;
/** The server's ends of its connections. */
let accepted: Socket[];

beforeEach(async () => {
  accepted = [];
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(`echo ${bytes}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const [port = 0] = await findFreePorts(1);
  proxy = await FaultProxy.open(port, (server.address() as AddressInfo).port);
});

afterEach(async () => {
  proxy.close();
  for (const socket of accepted) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

async function call(): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: proxy.port });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  return String(bytes);
}

/** Resolves when the socket closes, with the code of its error if there is one. */
function closed(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let code: string | undefined;
    socket.once('error', (error: NodeJS.ErrnoException) => {
      code = error.code;
    });
    socket.once('close', () => resolve(code));
  });
}

/** Returns true when no byte comes for a while. */
async function isSilent(socket: Socket): Promise<boolean> {
  return Promise.race([
    once(socket, 'data').then(() => false),
    new Promise<boolean>((resolve) => setTimeout(resolve, SILENCE_MS, true)),
  ]);
}

describe('the fault proxy', () => {
  test('passes bytes and ends both ways', async () => {
    const socket = await call();
    expect(await answerTo(socket, 'a')).toBe('echo a');
    socket.end();
    await closed(socket);
    expect(proxy.connections).toBe(0);
  });

  test('cuts the connections there are and takes new ones', async () => {
    const socket = await call();
    await answerTo(socket, 'a');
    const end = closed(socket);
    proxy.cut();
    expect(await end).toBe('ECONNRESET');
    expect(await answerTo(await call(), 'b')).toBe('echo b');
  });

  test('refuses new connections until it is restored, and lets the others go on', async () => {
    const socket = await call();
    await answerTo(socket, 'a');
    proxy.refuse();
    expect(await closed(connect({ host: '127.0.0.1', port: proxy.port }))).toBe('ECONNREFUSED');
    expect(await answerTo(socket, 'b')).toBe('echo b');
    await proxy.restore();
    expect(await answerTo(await call(), 'c')).toBe('echo c');
  });

  test('slows every part down and keeps their order', async () => {
    const socket = await call();
    await answerTo(socket, 'a');
    proxy.slow(DELAY_MS);
    const startedAt = performance.now();
    let digits = '';
    accepted[0]?.on('data', (bytes) => {
      digits += String(bytes);
    });
    socket.write('1');
    await new Promise((resolve) => setTimeout(resolve, DELAY_MS / 2));
    // The proxy is fast again while the first part is on its way: the second part must not overtake it.
    proxy.slow(1);
    socket.write('2');
    while (digits.length < 2) await once(socket, 'data');
    expect(digits).toBe('12');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(DELAY_MS);
  });
});

describe('a proxied connection', () => {
  test('half-open, it swallows bytes and ends, and resets what has lost some once it is restored', async () => {
    const [talking, leaving, broken, quiet] = [await call(), await call(), await call(), await call()];
    for (const socket of [talking, leaving, broken, quiet]) await answerTo(socket, 'a');
    proxy.halfOpen();
    talking.write('lost');
    leaving.destroy();
    broken.resetAndDestroy();
    expect(await isSilent(talking)).toBe(true);
    expect(accepted.map(({ destroyed }) => destroyed)).toEqual([false, false, false, false]);
    const late = await call();
    late.write('lost');
    expect(await isSilent(late)).toBe(true);
    expect(accepted).toHaveLength(4);

    const ends = [talking, late, ...accepted.slice(0, 3)].map(closed);
    await proxy.restore();
    await Promise.all(ends);
    expect(await answerTo(quiet, 'b')).toBe('echo b');
  });

  test('a server that is down closes the connection', async () => {
    for (const socket of accepted) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    const socket = await call();
    await closed(socket);
    expect(proxy.connections).toBe(0);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
});
