import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { referencePages } from './reference/reference-pages';

/**
 * `npm run reference`: writes the pages of docs/reference and the AsyncAPI document, which are derived from the code.
 * test/documents fails while a committed one is another.
 */
async function main(): Promise<void> {
  for (const [file, text] of Object.entries(await referencePages())) {
    writeFileSync(path.resolve(__dirname, '..', file), text);
    console.log(`written: ${file}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
