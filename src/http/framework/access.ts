import { setTimeout as sleep } from 'node:timers/promises';
import { identifier } from '../../contracts/api/fields';
import type { ApiKeys, KeyHolder } from '../../stores/orders/api-keys';
import { Problem } from './problem';

/** The scopes of API keys; `admin` includes all others. */
export const SCOPES = [
  'orders:read',
  'orders:write',
  'shipments:write',
  'reservations:write',
  'inventory:read',
  'inventory:write',
  'credit:read',
  'credit:write',
  'trips:read',
  'trips:write',
  'sagas:read',
  'sagas:write',
  'events:read',
  'events:write',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number] | `feeds:write:${string}`;

const FEED_SCOPE = 'feeds:write:';

/** Returns true when a scope exists; `feeds:write:<source>` exists for every source. */
export function isScope(name: string): name is Scope {
  if (name.startsWith(FEED_SCOPE)) return identifier.safeParse(name.slice(FEED_SCOPE.length)).success;
  return SCOPES.some((scope) => scope === name);
}

/**
 * Checks that the holder of a key has a scope, or `admin`.
 * @throws Problem forbidden when it has neither
 */
export function authorise(holder: KeyHolder, scope: Scope): void {
  if (holder.scopes.includes(scope) || holder.scopes.includes('admin')) return;
  throw new Problem('forbidden', {
    detail: `the API key lacks the scope ${scope}`,
    headers: {
      'WWW-Authenticate': `Bearer realm="holdfast", error="insufficient_scope", scope="${encodeURI(scope)}"`,
    },
  });
}

const CACHED_MS = 5_000;
/** How long the last known holder of a key counts while the key store cannot be reached. */
const OUTLASTS_MS = 15 * 60_000;
/** The wait for the key store before the last known holder counts: a hanging connection fails late. */
const PATIENCE_MS = 1_000;
const MOST_CACHED = 10_000;

interface Remembered {
  readonly holder: Promise<KeyHolder | undefined>;
  readonly until: number;
  /** The last answer of the key store and its time. */
  readonly known: { readonly holder: KeyHolder | undefined; readonly at: number } | undefined;
}

/**
 * Finds the holders of API keys. An answer is cached for some seconds, so a revoked key may work that much longer.
 * While the key store cannot be reached, the last answer still counts, so that requests which need only other stores
 * succeed.
 */
export class KeyRing {
  readonly #remembered = new Map<string, Remembered>();

  constructor(
    private readonly keys: ApiKeys,
    /** Called with the error of the key store when the last known holder counts instead. */
    private readonly onOutage: (error: unknown) => void,
  ) {}

  /**
   * Returns the holder of the API key in an `Authorization` header.
   * @throws Problem unauthenticated when the header has no valid key
   */
  async holderOf(authorization: string | undefined): Promise<KeyHolder> {
    const key = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw unauthenticated('send `Authorization: Bearer hf_…`', '');
    const holder = await this.#find(key);
    if (holder === undefined) {
      throw unauthenticated('the API key is unknown or revoked', ', error="invalid_token"');
    }
    return holder;
  }

  #find(key: string): Promise<KeyHolder | undefined> {
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.holder;
    if (this.#remembered.size >= MOST_CACHED) this.#remembered.clear();
    const holder = this.#look(key, remembered?.known);
    this.#remembered.set(key, { holder, until: Date.now() + CACHED_MS, known: remembered?.known });
    return holder;
  }

  async #look(key: string, last: Remembered['known']): Promise<KeyHolder | undefined> {
    const asked = this.keys.holderOf(key).then((holder) => {
      this.#note(key, { holder, at: Date.now() });
      return holder;
    });
    if (last !== undefined && last.at > Date.now() - OUTLASTS_MS) {
      const tiredOfWaiting = sleep(PATIENCE_MS, last.holder, { ref: false });
      const orLast = asked.catch((error: unknown) => {
        this.onOutage(error);
        return last.holder;
      });
      return Promise.race([orLast, tiredOfWaiting]);
    }
    return asked.catch((error: unknown) => {
      this.#remembered.delete(key);
      throw error;
    });
  }

  #note(key: string, known: NonNullable<Remembered['known']>): void {
    const remembered = this.#remembered.get(key);
    if (remembered) this.#remembered.set(key, { ...remembered, known });
  }
}

function unauthenticated(detail: string, error: string): Problem {
  return new Problem('unauthenticated', {
    detail,
    headers: { 'WWW-Authenticate': `Bearer realm="holdfast"${error}` },
  });
}
