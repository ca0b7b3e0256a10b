import { readFileSync } from 'node:fs';
import path from 'node:path';
import { referencePages } from '../../scripts/reference/reference-pages';
import { PROJECT_ROOT } from '../architecture/planted-tree';

let written: Readonly<Record<string, string>>;

beforeAll(async () => {
  written = await referencePages();
});

test.each([
  ...['configuration', 'reason-codes', 'events', 'cli', 'metrics'].map((name) => `docs/reference/${name}.md`),
  'src/http/system/asyncapi.json',
])('%s is what the code says: else run npm run reference', (file) => {
  expect(readFileSync(path.join(PROJECT_ROOT, file), 'utf8')).toBe(written[file]);
});

test('no page is derived that is not compared', () => {
  expect(Object.keys(written)).toHaveLength(6);
});
