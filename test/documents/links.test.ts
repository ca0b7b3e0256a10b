import { existsSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { anchorsOf, type Page, pagesIn, proseOf } from './markdown-pages';

const PAGES = pagesIn('docs');
const BY_PATH = new Map(PAGES.map((page) => [page.path, page]));

/** Returns the links of a page that lead nowhere. */
function brokenLinks(page: Page): readonly string[] {
  const links = [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return links.filter((target) => !/^[a-z]+:/.test(target) && !leadsSomewhere(page, target));
}

function leadsSomewhere(page: Page, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const found = file === '' ? page.path : path.posix.join(path.posix.dirname(page.path), file);
  if (file !== '' && !existsSync(path.join(PROJECT_ROOT, found))) return false;
  if (anchor === undefined) return true;
  const to = file === '' ? page : BY_PATH.get(found);
  return to !== undefined && anchorsOf(to).has(anchor);
}

/** Returns the files and folders of the project that a page names and that do not exist. */
function missingFiles(page: Page): readonly string[] {
  const named = /`((?:src|workflows|activities|prisma|scripts|test|docs|tools)(?:\/[\w.-]+)+)`/g;
  const names = [...proseOf(page).matchAll(named)].map(([, name = '']) => name);
  return names.filter((name) => !['', '.ts'].some((end) => existsSync(path.join(PROJECT_ROOT, name + end))));
}

test.each(PAGES.map((page) => [page.path, page] as const))(
  '%s: every relative link and anchor leads somewhere',
  (_, page) => {
    expect(brokenLinks(page)).toEqual([]);
  },
);

test.each(PAGES.map((page) => [page.path, page] as const))(
  '%s: every file that it names exists',
  (_, page) => {
    expect(missingFiles(page)).toEqual([]);
  },
);

test('a link to no file, to no heading or to a heading of a file that is no page is found', () => {
  const links = [
    'nowhere.md',
    '#nothing',
    'README.md#nothing',
    '../LICENSE#nothing',
    'README.md',
    '#there',
    '../LICENSE',
  ];
  const text = `# There\n\n${links.map((link) => `[a](${link})`).join('\n')}\n\`src/nowhere.ts\` \`src/domain/refusal.ts\``;
  const planted = { path: 'docs/planted.md', text };
  expect(brokenLinks(planted)).toEqual(links.slice(0, 4));
  expect(missingFiles(planted)).toEqual(['src/nowhere.ts']);
});

test('the index lists every page of docs, and each page once', () => {
  const index = BY_PATH.get('docs/README.md')?.text ?? '';
  const listed = [...index.matchAll(/\]\(([^)#]+\.md)\)/g)].map(([, file = '']) => `docs/${file}`);
  const pages = PAGES.map((page) => page.path).filter(
    (file) => file.startsWith('docs/') && file !== 'docs/README.md' && !/^docs\/decisions\/\d/.test(file),
  );
  expect([...listed].sort()).toEqual(pages);
});
