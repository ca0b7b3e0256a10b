import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { PROJECT_ROOT } from './planted-tree';

/** Returns the folders of the project whose files a build compiles. */
function foldersBuiltBy(configuration: string): readonly string[] {
  const compiler = require.resolve('typescript/bin/tsc');
  const output = execFileSync(process.execPath, [compiler, '-p', configuration, '--listFilesOnly'], {
    cwd: PROJECT_ROOT,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const files = output.split('\n').filter((file) => file !== '' && !file.includes('node_modules'));
  return [...new Set(files.map((file) => path.relative(PROJECT_ROOT, file).split(path.sep)[0] ?? ''))].sort();
}

test('npm run build ships no tool, script or test', () => {
  expect(foldersBuiltBy('tsconfig.build.json')).toEqual(['activities', 'src', 'workflows']);
});

test('the bench and the drill compile the tools and the example they use', () => {
  expect(foldersBuiltBy('tsconfig.bench.json')).toEqual([
    'activities',
    'examples',
    'scripts',
    'src',
    'tools',
    'workflows',
  ]);
});
