import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CLUSTER_DATABASES, PLUGIN } from './cluster-configuration';

const run = promisify(execFile);

/**
 * Creates the databases of a cluster with their tables, by the schema tool of the server's release.
 * @param databaseUrl - the address of a database on the same PostgreSQL server, as an account that may create databases
 * @throws Error with the last line that the tool printed
 */
export async function createClusterDatabases(sqlTool: string, databaseUrl: string): Promise<void> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  for (const [database, schema] of Object.entries(CLUSTER_DATABASES)) {
    const tool = async (...act: string[]) => {
      const where = ['--plugin', PLUGIN, '--endpoint', hostname, '--port', port, '--user', username];
      await run(sqlTool, [...where, '--database', database, ...act], {
        env: { ...process.env, SQL_PASSWORD: password },
      }).catch((error: { stderr?: string; message: string }) => {
        const said = (error.stderr || error.message).trim().split('\n').at(-1);
        throw new Error(`the schema tool failed (${database}, ${act.join(' ')}): ${said}`);
      });
    };
    await tool('create-database');
    await tool('setup-schema', '--version', '0.0');
    await tool('update-schema', '--schema-name', schema);
  }
}
