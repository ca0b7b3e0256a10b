import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Reads the admin key of a data folder, or creates it at the first start with 160 random bits. */
export function readOrMakeAdminKey(dataFolder: string): string {
  const file = path.join(dataFolder, 'admin-key');
  if (!existsSync(file)) {
    writeFileSync(file, `hf_admin_${randomBytes(20).toString('hex')}\n`, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').trim();
}
