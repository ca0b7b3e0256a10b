import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from '../../client/holdfast-client';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { differences, lastJson } from './answer-shape';
import { documentedEvents, undocumented } from './documented-events';
import { type Block, blocksOf, type Page, pagesIn } from './markdown-pages';
import { startWholeHoldfast, type WholeHoldfast } from './whole-holdfast';

const PAGES = pagesIn('docs').filter(({ path: file }) =>
  /^(README\.md|docs\/README\.md|docs\/(guides|reference)\/.*)$/.test(file),
);
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-guides-'));
let holdfast: WholeHoldfast;

beforeAll(async () => {
  holdfast = await startWholeHoldfast();
});

afterAll(async () => {
  await holdfast.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A command block, the answer that is documented after it, and the status that it has to get instead of a 2xx. */
interface Commands {
  readonly name: string;
  readonly text: string;
  readonly answer: unknown;
  readonly status: string | undefined;
}

const isNotRun = ({ comment }: Block) => comment?.startsWith('not run: ') ?? false;

function commandsOf(page: Page): readonly Commands[] {
  const blocks = blocksOf(page);
  return blocks.flatMap((block, at) => {
    if (block.language !== 'sh' || isNotRun(block)) return [];
    const next = blocks[at + 1];
    return [
      {
        name: `${page.path}:${block.line}`,
        text: block.text,
        answer: next?.language === 'json' ? JSON.parse(next.text) : undefined,
        status: /^answers (\d+)$/.exec(block.comment ?? '')?.[1],
      },
    ];
  });
}

/**
 * Runs a block in bash, with the variables and functions that the earlier blocks of its page have set. A curl whose
 * answer is no 2xx fails.
 */
function run({ text }: Commands, state: string): Promise<{ code: number; out: string; err: string }> {
  const script = [
    'set -aeo pipefail',
    `[ ! -f '${state}' ] || . '${state}'`,
    'curl() { command curl -S --fail-with-body "$@"; }',
    text,
    `{ declare -f; export -p; } > '${state}'`,
  ].join('\n');
  const options = { cwd: PROJECT_ROOT, env: { ...process.env, ...holdfast.environment } };
  return new Promise((resolve) => {
    execFile('bash', ['-c', script], options, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe.each(PAGES.filter((page) => commandsOf(page).length > 0).map((page) => [page.path, page] as const))(
  'the commands of %s',
  (file, page) => {
    const state = path.join(folder, file.replaceAll('/', '-'));

    test.each(commandsOf(page).map((commands) => [commands.name, commands] as const))(
      '%s do what they say',
      async (_, commands) => {
        const { code, out, err } = await run(commands, state);
        const failed = commands.status === undefined ? '' : `returned error: ${commands.status}`;
        expect({ code, out, err }).toMatchObject({
          code: failed === '' ? 0 : 22,
          err: expect.stringContaining(failed),
        });
        if (commands.answer === undefined) return;
        expect({ out, differences: differences(commands.answer, lastJson(out)) }).toEqual({
          out,
          differences: [],
        });
      },
    );
  },
);

test('these commands are not run, and each says why', () => {
  const left = PAGES.flatMap((page) =>
    blocksOf(page)
      .filter(isNotRun)
      .map(({ comment = '' }) => `${page.path}: ${comment}`),
  );
  expect(left).toEqual([
    'README.md: not run: the tests start the same parts themselves',
    'README.md: not run: the tests set both for the Holdfast that they start',
    'docs/guides/back-up-and-restore.md: not run: a test runs it where PostgreSQL has its client programs',
    'docs/guides/back-up-and-restore.md: not run: a test runs it where PostgreSQL has its client programs',
    'docs/guides/back-up-and-restore.md: not run: a test runs it where PostgreSQL has its client programs',
    'docs/guides/operate.md: not run: it builds the project and runs until it is stopped',
    'docs/guides/operate.md: not run: it needs a Kubernetes cluster',
    'docs/guides/operate.md: not run: it needs Docker',
    'docs/guides/operate.md: not run: it refuses while Holdfast runs',
    'docs/guides/upgrade.md: not run: it needs two versions of the code',
    'docs/guides/use-the-client.md: not run: a test runs them where Python has the generator',
  ]);
});

test('every event that the guides caused has the data of its sample', async () => {
  const { HOLDFAST: url = '', KEY: key = '' } = holdfast.environment;
  const documented = documentedEvents();
  const seen = new Set<string>();
  for await (const { type, data } of connect({ url, key }).events({ follow: false })) {
    seen.add(type);
    expect([type, ...undocumented(documented, type, data)]).toEqual([type]);
  }
  expect(seen.size).toBeGreaterThan(20);
});
