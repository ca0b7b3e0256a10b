import { listenForStop } from '../src/main/supervisor/stop-signals';
import { DrillRandom } from './drill/drill-random';
import { DrillRun } from './drill/drill-run';
import { DrillServers } from './drill/processes/drill-servers';
import { PROFILES, type ProfileName } from './drill/profiles';

const USAGE = `usage: npm run drill -- [${Object.keys(PROFILES).join(' | ')}] [--seed N]`;
const STOPPED_EXIT_CODE = 130;

interface DrillArguments {
  readonly profile: ProfileName;
  readonly seed: number;
}

/** Reads the arguments. @throws Error with the usage */
function argumentsIn(words: readonly string[]): DrillArguments {
  const seedAt = words.indexOf('--seed');
  const seed = seedAt < 0 ? Math.floor(Math.random() * 2 ** 31) : Number(words[seedAt + 1]);
  const names = words.filter((_, index) => seedAt < 0 || (index !== seedAt && index !== seedAt + 1));
  const profile = names[0] ?? 'ci';
  if (!Number.isSafeInteger(seed) || names.length > 1 || !(profile in PROFILES)) throw new Error(USAGE);
  return { profile: profile as ProfileName, seed };
}

/**
 * `npm run drill`: runs the whole service as real processes, breaks them one after the other while orders go on, and
 * checks that nothing was lost, oversold or refused for it. The seed decides what is asked and what is broken.
 * @returns the exit code: 0 where nothing was found
 */
async function main(): Promise<number> {
  const { profile, seed } = argumentsIn(process.argv.slice(2));
  const startedAt = Date.now();
  const report = (line: string) =>
    console.log(line === '' ? '' : `${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)}  ${line}`);
  report(`Drill ${profile}, seed ${seed}`);
  let servers: DrillServers | undefined;
  const signal = listenForStop(() => {
    servers?.killNow();
    process.exit(STOPPED_EXIT_CODE);
  });
  servers = await DrillServers.start(report, signal);
  const run = new DrillRun({
    servers,
    profile: PROFILES[profile],
    random: new DrillRandom(seed),
    report,
    signal,
  });
  let failure: unknown;
  try {
    await run.run();
  } catch (error) {
    failure = error;
  }
  const hasFailed = failure !== undefined || run.findings.all.length > 0;
  run.print();
  await servers.stop({ keepFolder: hasFailed });
  if (signal.aborted) return STOPPED_EXIT_CODE;
  if (failure !== undefined) console.error(failure);
  for (const line of run.findings.lines()) report(line);
  report(
    hasFailed
      ? `FAILED; repeat with --seed ${seed}; the logs of the processes are in ${servers.folder}`
      : 'Nothing was found',
  );
  return hasFailed ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
