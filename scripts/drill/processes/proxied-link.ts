import { connect, type Socket } from 'node:net';

/** The transport of a connection's bytes. */
export type Travel =
  | { readonly kind: 'normal' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'swallowed' };

interface Waiting {
  readonly dueAt: number;
  readonly deliver: () => void;
}

/** One connection through a fault proxy: the caller's socket and the one to the server. */
export class ProxiedLink {
  #travel: Travel;
  #hasLost = false;
  readonly #upstream: Socket | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Opens the link. A connection that begins while bytes are swallowed never reaches the server. */
  constructor(
    private readonly caller: Socket,
    targetPort: number,
    travel: Travel,
    private readonly onClosed: () => void,
  ) {
    this.#travel = travel;
    caller.setNoDelay(true);
    if (travel.kind === 'swallowed') {
      this.#hasLost = true;
      caller.resume();
      this.#watch(caller);
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: targetPort, allowHalfOpen: true, noDelay: true });
    this.#upstream = upstream;
    this.#pass(caller, upstream);
    this.#pass(upstream, caller);
  }

  /** Changes the transport from now on. After the fault, resets a connection on which bytes or the end were lost. */
  set travel(travel: Travel) {
    if (this.#hasLost && travel.kind !== 'swallowed') this.reset();
    this.#travel = travel;
  }

  /** Resets both sides. */
  reset(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of [this.caller, this.#upstream]) {
      if (socket === undefined || socket.destroyed) continue;
      // A socket that is still connecting cannot send a reset.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    this.onClosed();
  }

  #pass(from: Socket, to: Socket): void {
    const queue: Waiting[] = [];
    from.on('data', (bytes) => {
      if (this.#travel.kind === 'swallowed') {
        this.#hasLost = true;
        return;
      }
      this.#deliver(queue, () => {
        if (to.destroyed || to.write(bytes)) return;
        from.pause();
        to.once('drain', () => from.resume());
      });
    });
    from.on('end', () => {
      if (this.#travel.kind === 'swallowed') this.#hasLost = true;
      else this.#deliver(queue, () => to.end());
    });
    this.#watch(from);
  }

  /** Delivers at once, or after the delay of a slow connection and after all queued parts. */
  #deliver(queue: Waiting[], deliver: () => void): void {
    const delayMs = this.#travel.kind === 'slow' ? this.#travel.delayMs : 0;
    if (delayMs === 0 && queue.length === 0) {
      deliver();
      return;
    }
    queue.push({ dueAt: Math.max(Date.now() + delayMs, queue.at(-1)?.dueAt ?? 0), deliver });
    if (queue.length === 1) this.#pump(queue);
  }

  #pump(queue: Waiting[]): void {
    const [first] = queue;
    if (first === undefined) return;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        queue.shift();
        first.deliver();
        this.#pump(queue);
      },
      Math.max(0, first.dueAt - Date.now()),
    );
    this.#timers.add(timer);
  }

  /** Watches one side's end. While bytes are swallowed the other side does not hear of it. */
  #watch(socket: Socket): void {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#travel.kind === 'swallowed') this.#hasLost = true;
      else this.reset();
    });
  }
}
