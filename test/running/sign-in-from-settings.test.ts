import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { findFreePorts } from '../../tools/processes/ports';
import { OidcIssuerProcess } from '../support/oidc-issuer-process';
import { eventually, openSagaFixture, type SagaFixture } from '../support/saga-fixture';

let fixture: SagaFixture;
let issuer: OidcIssuerProcess;
let api: ChildProcess | undefined;

beforeAll(async () => {
  fixture = await openSagaFixture({ worker: false, eager: false });
  issuer = await OidcIssuerProcess.create();
  await issuer.start();
});

afterAll(async () => {
  if (api?.exitCode === null) api.kill('SIGKILL');
  await issuer.stop();
  await fixture.close();
});

test('an API process with the variables of an issuer accepts its tokens and offers its sign-in', async () => {
  const [port = 0] = await findFreePorts(1);
  const url = `http://127.0.0.1:${port}`;
  api = spawn(process.execPath, ['--import', 'tsx', path.join('src', 'main', 'api.ts')], {
    cwd: path.resolve(__dirname, '..', '..'),
    env: {
      ...process.env,
      DATABASE_URL: fixture.settings.stores.orders,
      TEMPORAL_ADDRESS: fixture.settings.temporal.address,
      HOLDFAST_PORT: String(port),
      HOLDFAST_OIDC_ISSUER: issuer.url,
      HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
      HOLDFAST_OIDC_GROUPS: JSON.stringify({ support: ['orders:read'] }),
      HOLDFAST_OIDC_SCOPES_CLAIM: 'groups',
      HOLDFAST_PUBLIC_URL: url,
      HOLDFAST_SESSION_KEY: randomBytes(32).toString('base64'),
    },
    stdio: 'ignore',
  });
  await eventually(async () => expect((await fetch(`${url}/livez`)).status).toBe(200));
  const token = await issuer.token({ sub: 'anna', groups: ['support'] });
  const caller = await fetch(`${url}/v1/caller`, { headers: { authorization: `Bearer ${token}` } });
  expect(await caller.json()).toEqual({ caller: 'oidc:anna', scopes: ['orders:read'] });
  const login = await fetch(`${url}/auth/login`, { redirect: 'manual' });
  expect(login.headers.get('location')).toContain(`${issuer.url}/`);
});
