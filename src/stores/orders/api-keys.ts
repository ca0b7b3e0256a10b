import { createHash, randomBytes } from 'node:crypto';
import type { PrismaClient } from '../generated/orders/client';

export interface KeyHolder {
  readonly caller: string;
  readonly scopes: readonly string[];
}

/** API keys. Only their hashes are kept, so a stolen table opens nothing. */
export class ApiKeys {
  constructor(private readonly client: PrismaClient) {}

  /** Makes a key and returns it: the only moment at which it can be seen. */
  async create(holder: KeyHolder): Promise<string> {
    const key = `hf_${randomBytes(20).toString('base64url')}`;
    await this.put(key, holder);
    return key;
  }

  /** Puts a given key in place, or gives it these scopes. */
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

  /** Revokes every key of a caller and says how many there were. */
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
