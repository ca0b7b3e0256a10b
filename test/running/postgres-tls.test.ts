import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type PostgresServer, startPostgresServer } from '../../tools/postgres/postgres-server';
import { findFreePorts } from '../../tools/processes/ports';
import { withServer } from '../support/test-database';
import { makeAuthority, makeCertificate } from './support/certificates';

let folder: string;
let postgres: PostgresServer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'holdfast-postgres-tls-'));
  const [port = 0] = await findFreePorts(1);
  postgres = await startPostgresServer({
    dataFolder: folder,
    port,
    durable: false,
    onSpawn: () => undefined,
  });
  await demandTls();
});

afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true });
});

const authorityFile = () => path.join(folder, 'authority.pem');
const otherFile = () => path.join(folder, 'other.pem');

/** Gives the server a certificate for 127.0.0.1, and makes it refuse every connection without TLS. */
async function demandTls(): Promise<void> {
  const data = path.join(folder, 'postgres');
  const authority = await makeAuthority('the authority of a test');
  const { cert, private: key } = await makeCertificate(authority, 'postgres', { type: 7, ip: '127.0.0.1' });
  writeFileSync(authorityFile(), authority.cert);
  writeFileSync(otherFile(), (await makeAuthority('another authority')).cert);
  const { uid, gid } = statSync(data);
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    writeFileSync(path.join(data, name), text);
    chownSync(path.join(data, name), uid, gid);
    chmodSync(path.join(data, name), 0o600);
  }
  await withServer(postgres.url, async (client) => {
    await client.query('ALTER SYSTEM SET ssl = on');
    await client.query('SELECT pg_reload_conf()');
  });
  const access = path.join(data, 'pg_hba.conf');
  writeFileSync(access, readFileSync(access, 'utf8').replace(/^host(?=\s)/gm, 'hostssl'));
  await withServer(`${postgres.url}?sslmode=verify-full&sslrootcert=${authorityFile()}`, (client) =>
    client.query('SELECT pg_reload_conf()'),
  );
}

/** Runs `npm run migrate` on the database. Returns its exit code and everything that it printed. */
function migrated(query: string): Promise<{ readonly code: number; readonly said: string }> {
  const env = { ...process.env, DATABASE_URL: `${postgres.url}${query}` };
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'src/main/migrate.ts'], { env }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, said: `${stdout}${stderr}` }),
    );
  });
}

describe('a PostgreSQL that takes connections by TLS only', () => {
  it('is reached by a URL that names its authority', async () => {
    const { code, said } = await migrated(`?sslmode=verify-full&sslrootcert=${authorityFile()}`);
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringMatching(/^orders: applied .*\n.*\ncredit: applied/),
    });
  });

  it.each([
    { what: 'without TLS', query: () => '', words: /no encryption/ },
    {
      what: 'with another authority',
      query: () => `?sslmode=verify-full&sslrootcert=${otherFile()}`,
      words: /unable to verify|self.signed|signature/,
    },
  ])('refuses a URL $what, in one line that says so', async ({ query, words }) => {
    const { code, said } = await migrated(query());
    expect(code).toBe(1);
    expect(said).toMatch(/^migration failed: [^\n]+\n$/);
    expect(said).toMatch(words);
  });
});
