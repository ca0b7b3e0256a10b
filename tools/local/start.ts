import path from 'node:path';
import { projectRoot } from '../../src/main/project-root';
import { readLocalSettings } from './local-settings';
import { supervise } from './supervise';

/** `npm start`: runs Holdfast and all that it needs on this machine, in one process tree that Ctrl-C ends. */
async function main(): Promise<number> {
  const serverScript = path.join(projectRoot(), 'src', 'main', 'server.ts');
  return supervise(readLocalSettings(), serverScript, (line) => console.log(line));
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
