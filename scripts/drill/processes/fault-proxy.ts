import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { ProxiedLink, type Travel } from './proxied-link';

/**
 * Forwards TCP connections to a local port and breaks them on request: cut (reset), refused (no listener), slow (each
 * part is delayed), half-open (swallows all bytes and ends without telling either side).
 */
export class FaultProxy {
  #server: Server | undefined;
  #travel: Travel = { kind: 'normal' };
  readonly #links = new Set<ProxiedLink>();

  private constructor(
    readonly port: number,
    private readonly targetPort: number,
  ) {}

  static async open(port: number, targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port, targetPort);
    await proxy.#listen();
    return proxy;
  }

  get connections(): number {
    return this.#links.size;
  }

  /** Resets every connection, and accepts new connections. */
  cut(): void {
    for (const link of [...this.#links]) link.reset();
  }

  /** Refuses new connections until `restore`; existing ones go on. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  slow(delayMs: number): void {
    this.#setTravel({ kind: 'slow', delayMs });
  }

  halfOpen(): void {
    this.#setTravel({ kind: 'swallowed' });
  }

  /** Ends every fault. Connections that have lost bytes are reset. */
  async restore(): Promise<void> {
    this.#setTravel({ kind: 'normal' });
    if (this.#server === undefined) await this.#listen();
  }

  close(): void {
    this.refuse();
    this.cut();
  }

  #setTravel(travel: Travel): void {
    this.#travel = travel;
    for (const link of [...this.#links]) link.travel = travel;
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (caller) => {
      const link = new ProxiedLink(caller, this.targetPort, this.#travel, () => this.#links.delete(link));
      this.#links.add(link);
    });
    this.#server = server;
    server.listen({ port: this.port, host: '127.0.0.1' });
    await once(server, 'listening');
  }
}
