import { readFileSync } from 'node:fs';
import path from 'node:path';
import { referencePages } from '../../scripts/reference/reference-pages';
import { PROJECT_ROOT } from '../architecture/planted-tree';

let written: Readonly<Record<string, string>>;

beforeAll(async () => {
  written = await referencePages();
});

test.each(['configuration', 'reason-codes', 'events', 'cli'])(
  'docs/reference/%s.md is what the code says: else run npm run reference',
  (name) => {
    const file = `docs/reference/${name}.md`;
    expect(readFileSync(path.join(PROJECT_ROOT, file), 'utf8')).toBe(written[file]);
  },
);

test('no page is derived that is not compared', () => {
  expect(Object.keys(written)).toHaveLength(4);
});
