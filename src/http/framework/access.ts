import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiKeys, KeyHolder, ValidKey } from '../../stores/orders/api-keys';
import { Problem } from './problem';

const CACHED_MS = 5_000;
/** How long the last answer for a key counts while the key store cannot be reached. */
const OUTLASTS_MS = 15 * 60_000;
/** The wait for the key store before the last answer counts: a hanging connection fails late. */
const PATIENCE_MS = 1_000;
const MOST_CACHED = 10_000;

interface Remembered {
  readonly found: Promise<ValidKey | undefined>;
  readonly until: number;
  /** The last answer of the key store and its time. */
  readonly known: { readonly found: ValidKey | undefined; readonly at: number } | undefined;
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
    /** Called with the error of the key store when its last answer counts instead. */
    private readonly onOutage: (error: unknown) => void,
  ) {}

  /**
   * Returns the holder of the API key in an `Authorization` header.
   * @throws Problem unauthenticated when the header has no valid key
   */
  async holderOf(authorization: string | undefined): Promise<KeyHolder> {
    const key = /^Bearer +([\x21-\x7e]{1,200})$/i.exec(authorization ?? '')?.[1];
    if (key === undefined) throw unauthenticated('send `Authorization: Bearer hf_…`', '');
    const found = await this.#find(key);
    // An answer may be cached past the end of the key, and count for longer while the key store cannot be reached.
    if (found === undefined || (found.expiresAt !== null && Date.parse(found.expiresAt) <= Date.now())) {
      throw unauthenticated('the API key is unknown, revoked or expired', ', error="invalid_token"');
    }
    return found.holder;
  }

  #find(key: string): Promise<ValidKey | undefined> {
    const remembered = this.#remembered.get(key);
    if (remembered !== undefined && remembered.until > Date.now()) return remembered.found;
    if (this.#remembered.size >= MOST_CACHED) this.#remembered.clear();
    const found = this.#look(key, remembered?.known);
    this.#remembered.set(key, { found, until: Date.now() + CACHED_MS, known: remembered?.known });
    return found;
  }

  async #look(key: string, last: Remembered['known']): Promise<ValidKey | undefined> {
    const asked = this.keys.find(key).then((found) => {
      this.#note(key, { found, at: Date.now() });
      if (found?.isUseDue) this.#noteUse(found.holder);
      return found;
    });
    if (last !== undefined && last.at > Date.now() - OUTLASTS_MS) {
      const tiredOfWaiting = sleep(PATIENCE_MS, last.found, { ref: false });
      const orLast = asked.catch((error: unknown) => {
        this.onOutage(error);
        return last.found;
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

  /** Records the use of a key. No request waits for it, and the next one records it if it fails. */
  #noteUse({ keyId }: KeyHolder): void {
    this.keys.noteUse(keyId).catch(() => undefined);
  }
}

/** Returns the problem of a caller that nothing identifies. @param error empty, or `, error="…"` as RFC 6750 has it */
export function unauthenticated(detail: string, error: string): Problem {
  return new Problem('unauthenticated', {
    detail,
    headers: bearerChallenge(error),
  });
}

/** Returns the header that says what a bearer lacks. `error`: empty, or `, error="…"` and more, as RFC 6750 has it. */
export function bearerChallenge(error: string): Readonly<Record<string, string>> {
  return { 'WWW-Authenticate': `Bearer realm="holdfast"${error}` };
}
