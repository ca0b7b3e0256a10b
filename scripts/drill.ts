import { parseArgs } from 'node:util';
import { listenForStop } from '../tools/processes/stop-signals';
import { DrillRandom } from './drill/drill-random';
import { DrillRun } from './drill/drill-run';
import { FAULT_KINDS } from './drill/faults/fault-plan';
import { DrillServers } from './drill/processes/drill-servers';
import { PROFILES, type Profile, type ProfileName } from './drill/profiles';

const USAGE =
  `usage: npm run drill -- [${Object.keys(PROFILES).join(' | ')}] [--seed N] [--faults "kill api,pause worker"] [--keep]\n` +
  `faults: ${FAULT_KINDS.join(', ')}`;
const STOPPED_EXIT_CODE = 130;

interface DrillArguments {
  readonly name: ProfileName;
  readonly profile: Profile;
  readonly seed: number;
  /** Keeps the folder with the logs and the history of the hot item in any case. */
  readonly keepFolder: boolean;
}

/** Reads the arguments. @throws Error with the usage */
function argumentsIn(words: string[]): DrillArguments {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: {
      seed: { type: 'string' },
      faults: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  const [name = 'ci', ...more] = positionals;
  const faults = values.faults?.split(',').map((fault) => FAULT_KINDS.find((kind) => kind === fault.trim()));
  if (!Number.isSafeInteger(seed) || more.length > 0 || !isProfile(name) || faults?.includes(undefined))
    throw new Error(USAGE);
  const list = faults?.filter((fault) => fault !== undefined);
  return {
    name,
    seed,
    keepFolder: values.keep,
    profile: { ...PROFILES[name], ...(list && { list, isInOrder: true }) },
  };
}

function isProfile(name: string): name is ProfileName {
  return name in PROFILES;
}

/**
 * `npm run drill`: runs the whole service as real processes, breaks them one after the other under traffic, and checks
 * that no order was lost, oversold or refused because of a fault. The seed decides the requests and the faults.
 * @returns the exit code: 0 without findings
 */
async function main(): Promise<number> {
  const { name, profile, seed, keepFolder } = argumentsIn(process.argv.slice(2));
  const report = reportSince(Date.now());
  report(`Drill ${name}, seed ${seed}`);
  const servers = await DrillServers.prepare();
  const endNow = (error: unknown) => {
    servers.killNow();
    if (error !== undefined) console.error(error);
    process.exit(STOPPED_EXIT_CODE);
  };
  process.once('uncaughtException', endNow);
  const signal = listenForStop(() => endNow(undefined));
  const run = new DrillRun({ servers, profile, random: new DrillRandom(seed), report, signal });
  const failure = await failureOf(servers, run, { report, signal });
  const hasFailed = failure !== undefined || run.findings.all.length > 0;
  run.print();
  run.writeHistory();
  await servers.stop({ keepFolder: keepFolder || (hasFailed && !signal.aborted) });
  if (signal.aborted) return STOPPED_EXIT_CODE;
  if (failure !== undefined) console.error(failure);
  for (const line of run.findings.lines()) report(line);
  if (hasFailed || keepFolder) report(`The logs of the processes are in ${servers.folder}`);
  report(hasFailed ? `FAILED; repeat with --seed ${seed}` : 'Nothing was found');
  return hasFailed ? 1 : 0;
}

/** Runs the drill. Returns the error that stopped it; undefined when it reached its end. */
async function failureOf(
  servers: DrillServers,
  run: DrillRun,
  { report, signal }: { readonly report: (line: string) => void; readonly signal: AbortSignal },
): Promise<unknown> {
  try {
    await servers.start(report, signal);
    await run.run();
    return undefined;
  } catch (error) {
    return error ?? new Error('the drill ended early');
  }
}

function reportSince(startedAt: number): (line: string) => void {
  return (line) => {
    const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6);
    console.log(line === '' ? '' : `${seconds}  ${line}`);
  };
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
