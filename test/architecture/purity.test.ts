import { impuritiesOf } from './impurities';
import { sourceFilesIn } from './source-files';

describe('the domain answers from its arguments alone', () => {
  test('there is no clock, chance, machine or locale in it', () => {
    const files = sourceFilesIn('src/domain');
    expect(files.length).toBeGreaterThan(5);
    const found = files.flatMap(({ path, text }) => impuritiesOf(text).map((what) => `${path}:${what}`));
    expect(found).toEqual([]);
  });
});

describe('what makes a function impure is found', () => {
  test.each([
    'Date.now()',
    'new Date()',
    'new Date',
    'Date()',
    'Math.random()',
    "Math['random']()",
    'const { random } = Math',
    'const clock = Date',
    'process.env.HOME',
    'process.hrtime()',
    'performance.now()',
    'crypto.randomUUID()',
    'globalThis.Date.now()',
    'setTimeout(() => 1, 5)',
    'fetch("/")',
    'console.log(1)',
    'require("fs")',
    '"a".localeCompare("b")',
    'new Intl.NumberFormat()',
    'at.toLocaleString()',
    'const f = (now = Date.now()) => now',
    '({ process })',
  ])('%s', (text) => {
    expect(impuritiesOf(text)).toHaveLength(1);
  });

  test.each([
    'new Date(text)',
    'Date.parse(text)',
    'new Date(Date.parse(now) + 1).toISOString()',
    'Math.max(1, 2)',
    'given.process',
    '({ crypto: 1 })',
    'interface A { readonly console: string }',
    '// Date.now() in a comment',
    '"Math.random()"',
  ])('%s is no impurity', (text) => {
    expect(impuritiesOf(text)).toEqual([]);
  });
});
