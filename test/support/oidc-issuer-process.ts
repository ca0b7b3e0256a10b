import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findFreePorts } from '../../tools/processes/ports';
import type { IssuerState, WantedToken } from './oidc-issuer';

const SCRIPT = path.join(__dirname, 'oidc-issuer.ts');

/** A played OpenID Connect issuer, as a process on a port of its own. */
export class OidcIssuerProcess {
  #child: ChildProcess | undefined;

  private constructor(private readonly port: number) {}

  /** Chooses a port. The issuer does not run before `start`. */
  static async create(): Promise<OidcIssuerProcess> {
    const [port = 0] = await findFreePorts(1);
    return new OidcIssuerProcess(port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', SCRIPT, String(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the issuer has ended')));
    await Promise.race([once(child.stdout, 'data'), ended]);
    ended.catch(() => undefined);
    this.#child = child;
  }

  /** Changes the person who signs in, or the faults. */
  async set(changes: Partial<IssuerState>): Promise<void> {
    await this.#control('state', changes);
  }

  /** Replaces the key with which it signs. */
  async rotate(): Promise<void> {
    await this.#control('rotate', {});
  }

  /** Returns a token with these claims; by default one that its key signs. */
  async token(claims: object, sign: WantedToken['sign'] = 'issuer'): Promise<string> {
    return (await this.#control('sign', { claims, sign })).token ?? '';
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  }

  async #control(what: string, body: object): Promise<{ readonly token?: string }> {
    const request = { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/control/${what}`, request);
    if (!response.ok) throw new Error(`the issuer answers ${response.status}: ${await response.text()}`);
    return (await response.json()) as { readonly token?: string };
  }
}
