import { type ReadBy, VARIABLES } from '../../src/main/variables';
import { code, derivedPage, table } from './markdown';

/** The headings, by the processes that read a variable. */
const HEADINGS: Readonly<Record<ReadBy, string>> = {
  'every process': '## Every process',
  'npm start': '## On one machine: `npm start`',
  'the command line': '## The command line',
};

interface Shown {
  readonly meaning: string;
  readonly expected: string;
  readonly usual?: string | number;
  readonly unset?: string;
}

/** Returns the page of all environment variables. */
export function configurationPage(): string {
  const tables = Object.entries(HEADINGS).map(([reader, heading]) => {
    const rows = Object.entries(VARIABLES)
      .filter(([, { readBy }]) => readBy === reader)
      .map(([name, variable]) => rowOf(name, variable));
    return `${heading}\n\n${table(['variable', 'meaning', 'default', 'allowed values'], rows)}`;
  });
  return derivedPage('Configuration', 'src/main/variables.ts', [
    'Every setting is an environment variable. An empty value counts as not set. With a wrong value the process ends' +
      '\nat its start, with one line that names the variable. [Operate](../guides/operate.md) shows how to run the processes.',
    ...tables,
  ]);
}

function rowOf(name: string, { meaning, expected, usual, unset }: Shown): readonly string[] {
  return [code(name), meaning, usual === undefined ? (unset ?? '') : code(String(usual)), expected];
}
