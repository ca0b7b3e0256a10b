import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleSagas } from '../../src/temporal/saga-worker';

const ROOT = path.resolve(__dirname, '..', '..');
/** The sources of a bundle: workflows import code only from contracts and the SDK. */
const SOURCES = ['workflows', 'src/contracts', 'package-lock.json'];

/**
 * Returns the bundled workflows. They are bundled once for all test files, processes and runs, as bundling takes a
 * second and a half. The file's name is a fingerprint of the sources, so a changed workflow never meets an old bundle.
 */
export async function cachedBundle(): Promise<WorkflowBundle> {
  const file = path.join(tmpdir(), `holdfast-sagas-${fingerprint()}.js`);
  if (!existsSync(file)) {
    const { code } = await bundleSagas();
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, code);
    renameSync(partial, file);
  }
  return { code: readFileSync(file, 'utf8') };
}

function fingerprint(): string {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    for (const file of filesUnder(path.join(ROOT, source))) hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function filesUnder(target: string): readonly string[] {
  if (/\.\w+$/.test(target)) return [target];
  return readdirSync(target, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(target, name))
    .sort();
}
