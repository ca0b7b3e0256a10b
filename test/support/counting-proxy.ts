import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy between a client and PostgreSQL that counts round trips: how often the client sends after the server has. */
export class CountingProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((client) => this.#relay(client));
  roundTrips = 0;

  private constructor(private readonly target: URL) {}

  static async before(url: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(new URL(url));
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(this.target);
    const { port } = this.#server.address() as AddressInfo;
    url.hostname = '127.0.0.1';
    url.port = `${port}`;
    return url.href;
  }

  /** Cuts every open connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    let isServersTurn = false;
    client.on('data', (data) => {
      if (!isServersTurn) this.roundTrips += 1;
      isServersTurn = true;
      server.write(data);
    });
    server.on('data', (data) => {
      isServersTurn = false;
      client.write(data);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => other.destroy());
    }
  }
}
