import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { blocksOf, type Page, pagesIn } from './markdown-pages';

const SAMPLES = pagesIn('docs').flatMap((page) =>
  blocksOf(page)
    .filter(({ language }) => language === 'ts')
    .map(({ line, text }) => [`${page.path}:${line}`, page, text] as const),
);

/** Returns the text of the examples that a page links. */
function examplesOf({ path: file, text }: Page): string {
  const links = [...text.matchAll(/\]\(([^)\s]*examples\/[^)\s]*[.]ts)\)/g)].map(([, link = '']) => link);
  const files = links.map((link) => path.join(PROJECT_ROOT, path.dirname(file), link));
  return files.map((example) => readFileSync(example, 'utf8')).join('\n');
}

test('guides show TypeScript', () => {
  expect(SAMPLES.length).toBeGreaterThan(3);
});

test.each(SAMPLES)('%s is a part of an example that its page links', (_, page, sample) => {
  expect(examplesOf(page)).toContain(sample);
});
