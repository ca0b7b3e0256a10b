import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { code, derivedPage, fenced, table } from './markdown';

const ROOT = path.resolve(__dirname, '..', '..');

/** Returns the page of the programs: the usage that they print, and the docstrings of those without arguments. */
export async function cliPage(): Promise<string> {
  const [holdfast, keys] = await Promise.all([
    usageOf('src/main/holdfast-cli.ts', ['--help']),
    usageOf('src/main/keys.ts', []),
  ]);
  return derivedPage('Command line', 'the programs and package.json', [
    '## holdfast\n\n`npm run -s holdfast --` in a checkout; `holdfast` where the built package is installed.\n\n' +
      fenced('text', holdfast),
    `## Keys\n\n${fenced('text', keys)}`,
    `## Programs\n\n${table(['command', 'does'], programs())}`,
  ]);
}

/** Runs a program and returns the usage that it prints, on standard output or as an error. */
function usageOf(script: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', script, ...args], { cwd: ROOT }, (_, out, err) =>
      resolve((out || err).trim()),
    );
  });
}

/** Returns each npm script that runs a program of ours, with the first sentence of the program's docstring. */
function programs(): readonly (readonly string[])[] {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return Object.entries(scripts)
    .filter(([name]) => name !== 'postinstall')
    .flatMap(([name, command]) => {
      const script = / ((?:dist\/)?[a-z-]+(?:\/[a-z-]+)*)[.][jt]s$/.exec(command)?.[1];
      if (script === undefined) return [];
      return [[code(name === 'start' ? 'npm start' : `npm run ${name}`), docstringOf(name, script)]];
    });
}

/** @throws Error when the program has no docstring above the function that it runs */
function docstringOf(name: string, script: string): string {
  // Compiled programs have the paths of their sources, under dist or, with the scripts, under dist/bench.
  const file = `${script.replace(/^dist\/(?:bench\/)?/, '')}.ts`;
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n(?:(?:async )?function main|runProcess)\(/.exec(
    text,
  )?.[1];
  if (comment === undefined)
    throw new Error(`npm run ${name}: ${file} has no docstring above its main function`);
  const said = comment
    .replace(/\s+(?:\*\s+)?/g, ' ')
    .replace(/^ (?:Runs )?`npm (?:run )?[a-z-]+`: /, '')
    .trim();
  const sentence = /^.*?[.](?=\s|$)/.exec(said)?.[0] ?? said;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
