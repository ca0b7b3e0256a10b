import { migrateStore } from '../../src/stores/postgres/migrate';

/** Applies one folder in a process of its own: the engine is an ESM package and keeps its process alive. */
const [url = '', schema = '', migrationsFolder = ''] = process.argv.slice(2);
migrateStore({ url, schema, migrationsFolder }).then(
  (applied) => {
    console.log(JSON.stringify(applied));
    process.exit(0);
  },
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
