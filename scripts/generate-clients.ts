import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(__dirname, '..');
const run = promisify(execFile);
const cli = path.join(path.dirname(require.resolve('prisma/package.json')), 'build', 'index.js');

/**
 * Generates the Prisma client of each store. Prints nothing unless it fails: it runs after every install.
 * The CLI insists on a schema engine binary, whose download host cannot be reached everywhere, and never runs it to
 * generate. Any existing program satisfies it.
 */
async function generate(store: string): Promise<void> {
  const config = path.join('prisma', store, 'prisma.config.ts');
  await run(process.execPath, [cli, 'generate', '--config', config], {
    cwd: root,
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  });
}

/** Generates the clients of the stores, then that of the API, whose routes import them. */
async function main(): Promise<void> {
  await Promise.all(['orders', 'inventory', 'credit'].map(generate));
  await run(process.execPath, ['--import', 'tsx', path.join(__dirname, 'generate-api-client.ts')], {
    cwd: root,
  });
}

main().catch((error: Error) => {
  // The message of a failed command holds its output.
  console.error(`generating the clients failed: ${error.message}`);
  process.exit(1);
});
