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
