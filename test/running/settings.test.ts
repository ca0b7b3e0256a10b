import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readRoleSettings } from '../../src/main/settings';
import { SettingsError } from '../../src/main/variable-reading';
import { readLocalSettings } from '../../tools/local/local-settings';

const role = { DATABASE_URL: 'postgresql://a:secret@db/holdfast', TEMPORAL_ADDRESS: 'temporal:7233' };

test('npm start needs no variable', () => {
  expect(readLocalSettings({})).toMatchObject({
    host: '127.0.0.1',
    port: 3000,
    postgresPort: 5433,
    temporalPort: 7233,
  });
});

test('an empty variable counts as unset', () => {
  expect(readLocalSettings({ HOLDFAST_PORT: '', DATABASE_URL: '' })).toMatchObject({
    port: 3000,
    databaseUrl: undefined,
  });
});

test('a store without a URL of its own is in the database of the orders', () => {
  const { stores } = readRoleSettings({ ...role, CREDIT_DATABASE_URL: 'postgres://elsewhere/credit' });
  expect(stores).toEqual({
    orders: role.DATABASE_URL,
    inventory: role.DATABASE_URL,
    credit: 'postgres://elsewhere/credit',
  });
});

test('there is no limit of shipments unless one is set', () => {
  expect(readRoleSettings(role).maxShipments).toBeNull();
  expect(readRoleSettings({ ...role, HOLDFAST_MAX_SHIPMENTS: '3' }).maxShipments).toBe(3);
});

test('workers are told apart by their code where it has a name', () => {
  expect(readRoleSettings({ ...role, HOLDFAST_DEPLOYMENT: 'shop' }).workerVersion).toBeUndefined();
  expect(readRoleSettings({ ...role, HOLDFAST_BUILD_ID: '9f3c2ab' }).workerVersion).toEqual({
    deploymentName: 'holdfast',
    buildId: '9f3c2ab',
  });
});

test.each([
  ['HOLDFAST_PORT', '0'],
  ['HOLDFAST_PORT', '70000'],
  ['HOLDFAST_PORT', '3000abc'],
  ['HOLDFAST_LOG_LEVEL', 'loud'],
  ['HOLDFAST_MAX_SHIPMENTS', '0'],
  ['HOLDFAST_MAX_SHIPMENTS', 'none'],
  ['HOLDFAST_ADMIN_KEY', 'with space'],
  ['DATABASE_URL', 'mysql://a:secret@db/holdfast'],
  ['TEMPORAL_ADDRESS', 'temporal'],
  ['TEMPORAL_NAMESPACE', 'with space'],
  ['TEMPORAL_TLS', 'perhaps'],
  ['HOLDFAST_WEBHOOKS_ALLOW', '10.0.0.1'],
  ['HOLDFAST_WEBHOOKS_ALLOW', '10.0.0.0/8, inside'],
  ['HOLDFAST_BUILD_ID', 'with space'],
  ['HOLDFAST_DEPLOYMENT', 'with.dot'],
])('%s=%s is refused in one line that names the variable and no secret', (variable, value) => {
  const attempt = () => readRoleSettings({ ...role, [variable]: value });
  expect(attempt).toThrow(SettingsError);
  expect(attempt).toThrow(new RegExp(`^${variable} must be .+$`));
  expect(attempt).not.toThrow(/secret/);
});

test.each(['DATABASE_URL', 'TEMPORAL_ADDRESS'])('a role requires %s', (variable) => {
  expect(() => readRoleSettings({ ...role, [variable]: undefined })).toThrow(`${variable} is required`);
});

test.each([
  ['HOLDFAST_PROT', 'HOLDFAST_PORT'],
  ['HOLDFAST_MAX_SHIPMENT', 'HOLDFAST_MAX_SHIPMENTS'],
  ['HOLDFAST_PARTNER_URL', 'HOLDFAST_PARTNERS_URL'],
])('%s is no setting: the line names %s', (unknown, nearest) => {
  const line = `${unknown} is no setting of Holdfast. The nearest is ${nearest}`;
  expect(() => readRoleSettings({ ...role, [unknown]: '1' })).toThrow(new SettingsError(line));
  expect(() => readLocalSettings({ [unknown]: '1' })).toThrow(new SettingsError(line));
});

test('a role that names no third parties plays none', () => {
  expect(readRoleSettings(role).partnersUrl).toBeUndefined();
});

const ISSUER = {
  ...role,
  HOLDFAST_OIDC_ISSUER: 'https://login.example.com/shop',
  HOLDFAST_OIDC_CLIENT_ID: 'holdfast',
  HOLDFAST_PUBLIC_URL: 'https://holdfast.example.com/',
  HOLDFAST_SESSION_KEY: Buffer.alloc(32, 1).toString('base64'),
};

test('an issuer needs its client, the address of the page and the key of its cookies', () => {
  expect(readRoleSettings(role).signIn).toBeUndefined();
  expect(readRoleSettings(ISSUER).signIn).toMatchObject({
    client: { issuer: 'https://login.example.com/shop', audience: 'holdfast' },
    publicOrigin: 'https://holdfast.example.com',
    claims: { callerClaim: 'sub', scopesClaim: 'holdfast_scopes', groups: undefined },
  });
  for (const needed of ['HOLDFAST_OIDC_CLIENT_ID', 'HOLDFAST_PUBLIC_URL', 'HOLDFAST_SESSION_KEY'])
    expect(() => readRoleSettings({ ...ISSUER, [needed]: '' })).toThrow(`${needed} is required`);
  expect(() => readRoleSettings({ ...role, HOLDFAST_OIDC_CLIENT_ID: 'holdfast' })).toThrow(
    'HOLDFAST_OIDC_CLIENT_ID needs HOLDFAST_OIDC_ISSUER, which is not set',
  );
});

test('groups have scopes that exist', () => {
  const groups = (text: string) => readRoleSettings({ ...ISSUER, HOLDFAST_OIDC_GROUPS: text }).signIn?.claims;
  expect(groups('{"support": ["orders:read"]}')).toMatchObject({ groups: { support: ['orders:read'] } });
  for (const text of ['support', '["support"]', '{"support": ["orders:eat"]}'])
    expect(() => groups(text)).toThrow(/^HOLDFAST_OIDC_GROUPS must be/);
});

test.each([
  ['HOLDFAST_OIDC_ISSUER', 'http://login.example.com'],
  ['HOLDFAST_OIDC_ISSUER', 'ftp://login.example.com'],
  ['HOLDFAST_OIDC_ISSUER', 'login'],
  ['HOLDFAST_OIDC_LOGIN_SCOPES', 'email'],
  ['HOLDFAST_OIDC_CONCURRENCY', '0'],
  ['HOLDFAST_PUBLIC_URL', 'http://holdfast.example.com'],
  ['HOLDFAST_SESSION_KEY', 'secret'],
])('%s=%s is refused for an issuer, in one line that shows no secret', (variable, value) => {
  const attempt = () => readRoleSettings({ ...ISSUER, [variable]: value });
  expect(attempt).toThrow(new RegExp(`^${variable} must be .+$`));
  expect(attempt).not.toThrow(/secret/);
});

test('credentials at third parties come from the variable or from a file, and no message shows them', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'holdfast-credentials-'));
  const file = path.join(folder, 'credentials.json');
  const credentials = { hotel: { hmac: { keyId: 'k-1', secret: 'a secret of both sides' } } };
  const read = (text: string) =>
    readRoleSettings({ ...role, HOLDFAST_PARTY_CREDENTIALS: text }).partyCredentials;
  writeFileSync(file, JSON.stringify(credentials));
  expect(readRoleSettings(role).partyCredentials).toEqual({});
  expect(read(file)).toEqual(credentials);
  expect(read('{"pa-lumen": {"bearer": "tok"}}')).toEqual({ 'pa-lumen': { bearer: 'tok' } });
  writeFileSync(file, '{"hotel": {"bearer": "secret"');
  for (const text of [
    file,
    path.join(folder, 'secret.json'),
    '{"hotel": {"bearer": "secret token"}}',
    '{"hotel": {"hmac": {"keyId": "k-1", "secret": "secret"}}}',
    '{"hotel": "secret"}',
  ]) {
    expect(() => read(text)).toThrow(/^HOLDFAST_PARTY_CREDENTIALS (must be|names a file)/);
    expect(() => read(text)).not.toThrow(/secret( token|[.]json)|"secret"[^:]/);
  }
  rmSync(folder, { recursive: true });
});

test('npm start refuses an invalid variable of its own', () => {
  expect(() => readLocalSettings({ HOLDFAST_DEMO_DATA: 'yes' })).toThrow(
    /^HOLDFAST_DEMO_DATA must be 0 or 1/,
  );
});

test('two servers cannot share a port', () => {
  expect(() => readLocalSettings({ HOLDFAST_TEMPORAL_UI_PORT: '3000' })).toThrow(
    'HOLDFAST_PORT and HOLDFAST_TEMPORAL_UI_PORT are both 3000',
  );
});
