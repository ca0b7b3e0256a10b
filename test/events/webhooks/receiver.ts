import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** A message that an endpoint got, and the status that it answered. */
export interface Received {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly status: number;
  readonly at: number;
}

/** The answer of an endpoint to the next messages: `times` of them, or all; only to those of a type, or to any. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly delayMs?: number;
  readonly body?: string;
  readonly type?: string;
  times?: number;
}

/** The process that plays the endpoints of webhooks. */
export class Receiver {
  private constructor(
    private readonly child: ChildProcess,
    private readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const child = fork(path.join(__dirname, 'receiver-process.ts'), { execArgv: ['--import', 'tsx'] });
    const [port] = await once(child, 'message');
    return new Receiver(child, `http://127.0.0.1:${port}`);
  }

  endpoint(name: string): string {
    return `${this.url}/hooks/${name}`;
  }

  async fault(name: string, ...faults: readonly Fault[]): Promise<void> {
    await fetch(`${this.url}/faults/${name}`, { method: 'PUT', body: JSON.stringify(faults) });
  }

  async received(name: string): Promise<readonly Received[]> {
    return (await (await fetch(`${this.url}/received/${name}`)).json()) as readonly Received[];
  }

  /** The messages that the endpoint accepted, parsed. */
  async accepted(
    name: string,
  ): Promise<readonly { id: string; type: string; stream: string; version: number }[]> {
    const all = await this.received(name);
    return all.filter(({ status }) => status < 300).map(({ body }) => JSON.parse(body));
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exit;
  }
}
