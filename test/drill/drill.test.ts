import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.resolve(__dirname, '..', '..');
const SEED = Number(process.env.HOLDFAST_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const LONGEST_MS = 8 * 60_000;

let drill: ChildProcess | undefined;

afterAll(async () => {
  if (drill === undefined || drill.exitCode !== null || drill.signalCode !== null) return;
  const ended = once(drill, 'exit');
  // The drill ends all of its processes before it exits.
  drill.kill('SIGTERM');
  await ended;
});

test(
  `nothing is lost, oversold or refused while processes are killed, paused and cut off (seed ${SEED})`,
  async () => {
    const compiler = require.resolve('typescript/bin/tsc');
    // Another check covers the types.
    execFileSync(process.execPath, [compiler, '-p', 'tsconfig.bench.json', '--noCheck'], { cwd: ROOT });
    const script = path.join(ROOT, 'dist', 'bench', 'scripts', 'drill.js');
    drill = spawn(process.execPath, [script, 'short', '--seed', String(SEED)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [drill.stdout, drill.stderr])
      stream?.on('data', (bytes) => {
        output += String(bytes);
      });
    const [code] = await once(drill, 'close');
    if (code !== 0) throw new Error(`the drill found something:\n${output}`);
    expect(output).toContain('Nothing was found');
  },
  LONGEST_MS,
);
