import { existsSync } from 'node:fs';
import { endOrphans } from '../processes/orphans';
import { RunLock } from '../processes/run-lock';
import { readLocalSettings } from './local-settings';

/** Runs `npm run reset`: deletes everything in the data folder. Refuses while Holdfast runs on it. */
async function main(): Promise<void> {
  const { dataFolder } = readLocalSettings();
  if (!existsSync(dataFolder)) {
    console.log(`${dataFolder} does not exist: there is nothing to remove`);
    return;
  }
  const lock = RunLock.take(dataFolder);
  await endOrphans(lock, (line) => console.log(line));
  lock.clearFolder();
  console.log(`removed everything in ${dataFolder}`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
