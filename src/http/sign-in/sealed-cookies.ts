import { EncryptJWT, errors, type JWTPayload, jwtDecrypt } from 'jose';

/** The cookies of the operator's page: its session, and a sign-in under way. */
export type CookieName = 'session' | 'sign-in';

/**
 * Encrypts and reads cookies. Every process with the key reads them, and nothing about them is stored. A cookie of one
 * name is not accepted as another.
 */
export class SealedCookies {
  constructor(
    private readonly key: Uint8Array,
    /** True where browsers come by https: they then send the cookies over nothing else. */
    private readonly isSecure: boolean,
  ) {}

  /** Returns the `Set-Cookie` value of a cookie that ends at a moment, in seconds since 1970. */
  async seal(name: CookieName, content: JWTPayload, end: number): Promise<string> {
    const value = await new EncryptJWT(content)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setAudience(name)
      .setExpirationTime(end)
      .encrypt(this.key);
    return this.#cookie(name, value, Math.max(0, end - Math.floor(Date.now() / 1_000)));
  }

  /** Returns the content of a cookie; undefined when it is absent, ended or not sealed with the key. */
  async open(name: CookieName, header: string | undefined): Promise<JWTPayload | undefined> {
    const start = `${this.#nameOf(name)}=`;
    const pairs = (header ?? '').split(/;\s*/);
    const value = pairs.find((pair) => pair.startsWith(start))?.slice(start.length);
    if (value === undefined) return undefined;
    try {
      const { payload } = await jwtDecrypt(value, this.key, {
        audience: name,
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  /** Returns the `Set-Cookie` value that removes a cookie. */
  remove(name: CookieName): string {
    return this.#cookie(name, '', 0);
  }

  #cookie(name: CookieName, value: string, seconds: number): string {
    const secure = this.isSecure ? '; Secure' : '';
    return `${this.#nameOf(name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
  }

  /** Browsers accept a cookie with the prefix `__Host-` from this host alone, and by https alone. */
  #nameOf(name: CookieName): string {
    return `${this.isSecure ? '__Host-' : ''}holdfast_${name}`;
  }
}
