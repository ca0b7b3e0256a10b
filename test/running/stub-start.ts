import path from 'node:path';
import { readLocalSettings } from '../../tools/local/local-settings';
import { supervise } from '../../tools/local/supervise';

/** Runs `npm start` with a stub for the server. */
async function main(): Promise<number> {
  const serverScript = path.join(__dirname, 'stub-server.ts');
  return supervise(readLocalSettings(), serverScript, (line) => console.log(line));
}

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
