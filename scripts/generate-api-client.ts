import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { clientDocument, keyedOperations } from './client/client-document';

const FOLDER = path.resolve(__dirname, '..', 'client', 'generated');

/** Generates the calls and the types of the API client from the OpenAPI document. Prints nothing unless it fails. */
async function main(): Promise<void> {
  // The package is an ES module without an entry for `require`.
  const { createClient } = await import('@hey-api/openapi-ts');
  const document = clientDocument();
  await createClient({
    input: document,
    output: { path: FOLDER, tsConfigPath: null, header: ['// @ts-nocheck'] },
    logs: { level: 'silent' },
    plugins: [
      '@hey-api/typescript',
      { name: '@hey-api/client-fetch', throwOnError: true },
      {
        name: '@hey-api/sdk',
        operations: { strategy: 'single', containerName: 'Calls' },
        responseStyle: 'data',
      },
    ],
  });
  // A test compares it with the routes: they may have changed since.
  await writeFile(path.join(FOLDER, 'document.json'), JSON.stringify(document));
  const keyed = JSON.stringify(keyedOperations(document), undefined, 2);
  await writeFile(
    path.join(FOLDER, 'keyed-operations.ts'),
    `/** The operations that take an idempotency key. */\nexport const KEYED_OPERATIONS: ReadonlySet<string> = new Set(${keyed});\n`,
  );
}

main().catch((error: Error) => {
  console.error(`generating the API client failed: ${error.message}`);
  process.exit(1);
});
