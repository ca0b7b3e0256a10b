import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PROJECT_ROOT } from './planted-tree';

const HOOK = path.join(PROJECT_ROOT, '.githooks', 'commit-msg');
const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-hooks-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function hookOn(message: string): { readonly status: number | null; readonly complaint: string } {
  const file = path.join(folder, 'COMMIT_EDITMSG');
  writeFileSync(file, message);
  const { status, stderr } = spawnSync(HOOK, [file], { encoding: 'utf8' });
  return { status, complaint: stderr };
}

test.each([
  ['of 72 characters', `orders: ${'x'.repeat(64)}`],
  ['of 72 characters, each of two bytes', `orders: ${'é'.repeat(64)}`],
  ['with two areas', 'settings, refusals: describe each beside its declaration'],
  ['below comments of git', '# Please enter the message\n\ndocs: name a test that exists\n'],
  ['with a longer body', `test: plan a statement in one place\n\n${'x'.repeat(200)}\n`],
  ['of a merge', `Merge branch 'tools' into ${'x'.repeat(80)}`],
  ['of a fixup', 'fixup! orders: one list of columns'],
])('a commit subject %s is accepted', (_, message) => {
  expect(hookOn(message)).toEqual({ status: 0, complaint: '' });
});

test.each([
  ['of 73 characters', `orders: ${'x'.repeat(65)}`, 'it has 73 characters'],
  ['without an area', 'What an operator has ended by hand', 'does not begin with an area'],
  ['with an area alone', 'orders: ', 'does not begin with an area'],
  ['with a capital area', 'Orders: one list', 'does not begin with an area'],
  ['that is empty', '\n', 'does not begin with an area'],
])('a commit subject %s is refused with its reason', (_, message, reason) => {
  const { status, complaint } = hookOn(message);
  expect(status).toBe(1);
  expect(complaint).toContain(reason);
});
