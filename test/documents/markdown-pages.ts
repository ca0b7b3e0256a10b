import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../architecture/planted-tree';

export interface Page {
  /** The path from the root of the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The text of an HTML comment in the line above. */
  readonly comment: string | undefined;
}

/** Returns the documents that the project keeps: those at the top, and all in these folders. */
export function pagesIn(...folders: readonly string[]): readonly Page[] {
  const nested = folders.flatMap((folder) =>
    readdirSync(path.join(PROJECT_ROOT, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      path.join(folder, file),
    ),
  );
  return [...readdirSync(PROJECT_ROOT), ...nested]
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.split(path.sep).join('/'))
    .sort()
    .map((file) => ({ path: file, text: readFileSync(path.join(PROJECT_ROOT, file), 'utf8') }));
}

/** Returns the fenced blocks of a page, in their order. */
export function blocksOf({ text }: Pick<Page, 'text'>): readonly Block[] {
  const fenced = /(?:^<!-- ([^\n]*) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;
  return [...text.matchAll(fenced)].map(({ index, 1: comment, 2: language = '', 3: content = '' }) => ({
    line: text.slice(0, index).split('\n').length + (comment === undefined ? 0 : 1),
    language,
    text: content,
    comment,
  }));
}

/** Returns the text of a page without its fenced blocks, whose lines are empty. */
export function proseOf({ text }: Pick<Page, 'text'>): string {
  return text.replace(/^```[\s\S]*?^```$/gm, (block) => block.replace(/[^\n]/g, ''));
}

/** Returns the anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: Pick<Page, 'text'>): ReadonlySet<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseOf(page).matchAll(/^#{1,6} +(.*)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(anchors);
}
