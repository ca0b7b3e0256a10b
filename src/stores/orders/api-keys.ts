import { createHash, randomBytes } from 'node:crypto';
import type { PrismaClient } from '../generated/orders/client';

export interface KeyHolder {
  readonly caller: string;
  readonly scopes: readonly string[];
}

/** The store of API keys. It keeps only their hashes, so a stolen table grants no access. */
export class ApiKeys {
  constructor(private readonly client: PrismaClient) {}

  /** Creates a key and returns it. The key cannot be read again later. */
  async create(holder: KeyHolder): Promise<string> {
    const key = `hf_${randomBytes(20).toString('base64url')}`;
    await this.put(key, holder);
    return key;
  }

  /** Stores a given key, or replaces the holder of an existing one and clears its revocation. */
  async put(key: string, { caller, scopes }: KeyHolder): Promise<void> {
    const row = { caller, scopes: [...scopes], revokedAt: null };
    await this.client.apiKey.upsert({
      where: { hash: hashOf(key) },
      create: { hash: hashOf(key), ...row },
      update: row,
    });
  }

  async holderOf(key: string): Promise<KeyHolder | undefined> {
    const row = await this.client.apiKey.findUnique({ where: { hash: hashOf(key) } });
    return row && row.revokedAt === null ? { caller: row.caller, scopes: row.scopes } : undefined;
  }

  /** Revokes every key of a caller. Returns the number of keys revoked. */
  async revoke(caller: string): Promise<number> {
    const { count } = await this.client.apiKey.updateMany({
      where: { caller, revokedAt: null },
      data: { revokedAt: new Date() },
    });
    return count;
  }
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
