import path from 'node:path';
import { readLocalSettings } from '../../src/main/settings';
import { supervise } from '../../src/main/supervisor/supervise';

/** `npm start` with a stand-in for the server. */
supervise(readLocalSettings(), path.join(__dirname, 'stub-server.ts'), (line) => console.log(line)).then(
  (code) => process.exit(code),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
