import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { BRANCHES, type BranchName } from '../test/replay/branches';
import { PLAYS } from '../test/replay/plays';
import { textOf, writeHistory } from '../test/replay/recorded-history';
import startTestServers from '../test/support/global-setup';
import stopTestServers from '../test/support/global-teardown';
import { openSagaFixture, type SagaFixture } from '../test/support/saga-fixture';

/**
 * `npm run record-histories`: takes every workflow down every branch, on servers of its own, and keeps the histories
 * that the replay tests hold later code against. Name branches to record only those: the histories of older code
 * are worth more than new ones, so record again only what is new or was changed on purpose. Prints what is lacking.
 */
async function main(wanted: readonly string[]): Promise<void> {
  const names = (Object.keys(BRANCHES) as BranchName[]).filter(
    (name) => wanted.length === 0 || wanted.includes(name),
  );
  mkdirSync(path.join(__dirname, '..', 'test', 'replay', 'histories'), { recursive: true });
  await startTestServers();
  const lacking: string[] = [];
  try {
    const fixture = await openSagaFixture();
    for (const name of names) {
      const said = await record(fixture, name).catch((error: unknown) => {
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

async function record(fixture: SagaFixture, name: BranchName): Promise<string> {
  const workflowId = await PLAYS[name](fixture);
  const history = await fixture.context.temporal.client.workflow.getHandle(workflowId).fetchHistory();
  const recorded = { workflowId, history: JSON.parse(JSON.stringify(history)) };
  if (!BRANCHES[name].shows.test(textOf(recorded)))
    throw new Error(`the saga took another way: ${textOf(recorded)}`);
  return `${writeHistory(name, recorded)} bytes, ${workflowId}`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
