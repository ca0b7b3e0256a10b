#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { failureText } from '../contracts/failure-text';
import { createKey, listKeys, revokeKey } from './cli/api-key-commands';
import { ARCHIVE_USAGE, archive } from './cli/archive-command';
import { RECONCILE_USAGE, reconcile } from './cli/reconcile-command';
import { RunningApi } from './cli/running-api';
import { listSagas, resolveSaga, retrySaga, showSaga } from './cli/saga-commands';
import { explainStock } from './cli/stock-explanation';
import type { Command } from './cli/typed-command';
import { UsageError } from './cli/usage-error';
import { SettingsError } from './variable-reading';

const USAGE = `usage: holdfast stock explain SKU [--as-of MOMENT]
       holdfast saga list [--state STATE]
       holdfast saga show ID
       holdfast saga retry ID
       holdfast saga resolve ID --note TEXT
       holdfast key list [--caller CALLER]
       holdfast key create CALLER SCOPE... [--expires MOMENT]
       holdfast key revoke ID

Calls the API at HOLDFAST_URL (default http://127.0.0.1:3000) with the key in HOLDFAST_KEY.
  --as-of MOMENT    shows the stock as of a moment, such as 2026-11-22T16:00:00Z
  --state STATE     running, stuck or needs_attention (the default)
  --note TEXT       describes what was done by hand
  --caller CALLER   shows the keys of one caller
  --expires MOMENT  refuses the key from a moment on
  --json            prints the answer of the API as JSON

${RECONCILE_USAGE}

${ARCHIVE_USAGE}`;

/** The commands by their first two words, with the number of further words and the known options. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'stock explain': { words: 1, options: ['as-of'], run: explainStock },
  'saga list': { words: 0, options: ['state'], run: listSagas },
  'saga show': { words: 1, options: [], run: showSaga },
  'saga retry': { words: 1, options: [], run: retrySaga },
  'saga resolve': { words: 1, options: ['note'], run: resolveSaga },
  'key list': { words: 0, options: ['caller'], run: listKeys },
  'key create': { words: 2, takesMore: true, options: ['expires'], run: createKey },
  'key revoke': { words: 1, options: [], run: revokeKey },
};

/** The commands that open the stores instead of calling the API; each returns the exit code. */
const ON_STORES: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  reconcile,
  archive,
};

function parse(args: readonly string[]) {
  const options = {
    'as-of': { type: 'string' },
    state: { type: 'string' },
    note: { type: 'string' },
    caller: { type: 'string' },
    expires: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${failureText(error)}\n${USAGE}`);
  }
}

function fits(given: number, { words, takesMore = false }: Command): boolean {
  return takesMore ? given >= words : given === words;
}

/**
 * Runs `npm run holdfast`: asks a running API about stock, sagas and keys, changes sagas and keys, reconciles stores, and archives
 * old events.
 */
async function main(args: readonly string[]): Promise<void> {
  const [first = '', ...rest] = args;
  const onStores = Object.hasOwn(ON_STORES, first) ? ON_STORES[first] : undefined;
  if (onStores && !args.includes('--help')) {
    process.exitCode = await onStores(rest);
    return;
  }
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [noun = '', verb = '', ...words] = positionals;
  const name = `${noun} ${verb}`;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command || !fits(words.length, command)) throw new UsageError(USAGE);
  const { json, help: _, ...options } = values;
  const foreign = Object.keys(options).find((option) => !command.options.includes(option));
  if (foreign !== undefined) throw new UsageError(`${name} has no option --${foreign}\n${USAGE}`);
  const { answer, text } = await command.run(new RunningApi(process.env), words, options);
  console.log(json ? JSON.stringify(answer, null, 2) : text);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isForCaller = error instanceof UsageError || error instanceof SettingsError;
  console.error(isForCaller ? error.message : error);
  process.exitCode = 1;
});
