#!/usr/bin/env node
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import type { stock } from '../contracts/api/stock';
import { RunningApi } from './cli/running-api';
import { stockExplanation } from './cli/stock-explanation';
import { UsageError } from './cli/usage-error';

const USAGE = `usage: holdfast stock explain SKU [--as-of MOMENT] [--json]

Asks the API at HOLDFAST_URL (http://127.0.0.1:3000) with the key in HOLDFAST_KEY.
  --as-of MOMENT  as it was then, such as 2026-11-22T16:00:00Z
  --json          the answer as the API gives it`;

type Arguments = ReturnType<typeof parse>;
type Command = (api: RunningApi, words: readonly string[], options: Arguments['values']) => Promise<string>;

/** What can be typed, by its first two words. */
const COMMANDS: Readonly<Record<string, Command>> = { 'stock explain': explainStock };

async function explainStock(
  api: RunningApi,
  [sku, ...rest]: readonly string[],
  { 'as-of': asOf, json }: Arguments['values'],
): Promise<string> {
  if (sku === undefined || rest.length > 0) throw new UsageError(USAGE);
  const query = asOf === undefined ? '' : `?asOf=${encodeURIComponent(momentOf(asOf))}`;
  const answer = await api.get(`/v1/stock/${encodeURIComponent(sku)}${query}`);
  return json ? JSON.stringify(answer, null, 2) : stockExplanation(answer as z.output<typeof stock>);
}

function momentOf(text: string): string {
  const moment = new Date(text);
  if (Number.isNaN(moment.getTime())) throw new UsageError(`${text} is not a moment`);
  return moment.toISOString();
}

function parse(args: readonly string[]) {
  const options = {
    'as-of': { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

async function main(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args);
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const [noun = '', verb = '', ...words] = positionals;
  const name = `${noun} ${verb}`;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(USAGE);
  console.log(await command(new RunningApi(process.env), words, values));
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = 1;
});
