import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Branch } from '../test/replay/branch';
import { BRANCHES } from '../test/replay/branches';
import { asKept, textOf, writeHistory } from '../test/replay/recorded-history';
import startTestServers from '../test/support/global-setup';
import stopTestServers from '../test/support/global-teardown';
import { openSagaFixture, type SagaFixture } from '../test/support/saga-fixture';

/**
 * `npm run record-histories`: runs every branch of every workflow, on servers of its own, and keeps the histories for
 * the replay tests. Name branches to record only those. Histories of older code are worth more than new ones: record
 * again only new branches and those changed on purpose. Prints the branches that have no history.
 */
async function main(wanted: readonly string[]): Promise<void> {
  const branches = Object.entries(BRANCHES).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  mkdirSync(path.join(__dirname, '..', 'test', 'replay', 'histories'), { recursive: true });
  await startTestServers();
  const lacking: string[] = [];
  try {
    const fixture = await openSagaFixture();
    for (const [name, branch] of branches) {
      const said = await record(fixture, name, branch).catch((error: unknown) => {
        lacking.push(name);
        return `NOT RECORDED: ${error instanceof Error ? error.message : error}`;
      });
      console.log(`${name}: ${said}`);
    }
    await fixture.close();
  } finally {
    await stopTestServers();
  }
  console.log(lacking.length === 0 ? 'No branch is lacking.' : `Lacking: ${lacking.join(', ')}`);
  if (lacking.length > 0) process.exitCode = 1;
}

async function record(fixture: SagaFixture, name: string, { play, shows }: Branch): Promise<string> {
  const workflowId = await play(fixture);
  const history = await fixture.context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const recorded = asKept({ workflowId, history: JSON.parse(JSON.stringify(history)) });
  if (!shows.test(textOf(recorded)))
    throw new Error(`the saga took another way: ${textOf(recorded).slice(0, LONGEST_SHOWN)}`);
  return `${writeHistory(name, recorded)} bytes, ${workflowId}`;
}

const LONGEST_SHOWN = 20_000;

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
