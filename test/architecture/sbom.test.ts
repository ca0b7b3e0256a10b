import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..');

interface Component {
  readonly name: string;
  readonly version: string;
  readonly properties: readonly { readonly name: string; readonly value: string }[];
}

test('the bill of materials has every package at its pinned version, and marks those of development', () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const text = execFileSync('npm', ['run', '-s', 'sbom'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e8 });
  const { components } = JSON.parse(text) as { components: readonly Component[] };
  const listed = (name: string, version: string) => {
    const found = components.filter((one) => one.name === name && one.version === version);
    return found.map(({ properties }) =>
      properties.some((one) => one.name === 'cdx:npm:package:development'),
    );
  };
  for (const [name, version] of Object.entries<string>(dependencies))
    expect([name, listed(name, version)]).toEqual([name, [false]]);
  for (const name of ['@biomejs/biome', 'jest'])
    expect([name, listed(name, devDependencies[name])]).toEqual([name, [true]]);
});
