import { identifier } from '../contracts/api/fields';
import type { ApiKeys, KeyHolder } from '../stores/api-keys';
import { Problem } from './problem';

/** What an API key can be allowed to do; `admin` is everything. */
export const SCOPES = [
  'orders:read',
  'orders:write',
  'reservations:write',
  'inventory:read',
  'inventory:write',
  'credit:read',
  'credit:write',
  'sagas:read',
  'sagas:write',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number] | `feeds:write:${string}`;

const FEED_SCOPE = 'feeds:write:';

/** Whether a scope exists; `feeds:write:<source>` does for every source. */
export function isScope(name: string): name is Scope {
  if (name.startsWith(FEED_SCOPE)) return identifier.safeParse(name.slice(FEED_SCOPE.length)).success;
  return SCOPES.some((scope) => scope === name);
}

/** @throws Problem forbidden, where the holder's scopes do not contain this one or `admin` */
export function authorise(holder: KeyHolder, scope: Scope): void {
  if (holder.scopes.includes(scope) || holder.scopes.includes('admin')) return;
  throw new Problem('forbidden', {
    detail: `the key needs the scope ${scope}`,
    headers: { 'WWW-Authenticate': `Bearer realm="holdfast", error="insufficient_scope", scope="${scope}"` },
  });
}

const CACHED_MS = 5_000;
const MOST_CACHED = 10_000;

interface Remembered {
  readonly holder: Promise<KeyHolder | undefined>;
  readonly until: number;
}

/** Tells who holds a key. An answer is remembered for some seconds: that long a revoked key may still work. */
export class KeyRing {
  readonly #remembered = new Map<string, Remembered>();

  constructor(private readonly keys: ApiKeys) {}

  /** @throws Problem unauthenticated, where the header carries no key that is valid */
  async holderOf(authorization: string | undefined): Promise<KeyHolder> {
    const key = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw unauthenticated('send `Authorization: Bearer hf_…`', '');
    const holder = await this.#find(key);
    if (holder === undefined) {
      throw unauthenticated('the API key is not known, or was revoked', ', error="invalid_token"');
    }
    return holder;
  }

  #find(key: string): Promise<KeyHolder | undefined> {
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.holder;
    if (this.#remembered.size >= MOST_CACHED) this.#remembered.clear();
    const holder = this.keys.holderOf(key);
    this.#remembered.set(key, { holder, until: Date.now() + CACHED_MS });
    holder.catch(() => this.#remembered.delete(key));
    return holder;
  }
}

function unauthenticated(detail: string, error: string): Problem {
  return new Problem('unauthenticated', {
    detail,
    headers: { 'WWW-Authenticate': `Bearer realm="holdfast"${error}` },
  });
}
