import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readTemporal } from '../../src/main/temporal-settings';
import type { Environment } from '../../src/main/variable-reading';
import { connectTemporal } from '../../src/temporal/temporal-connection';
import { startWholeHoldfast } from '../documents/whole-holdfast';
import { startTlsFront, type TlsFront } from './support/tls-front';

let front: TlsFront;

beforeAll(async () => {
  front = await startTlsFront(Number(process.env.TEMPORAL_ADDRESS?.split(':')[1]));
});

afterAll(() => front.close());

const withCertificates = ({ address, files }: TlsFront): Record<string, string> => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_TLS: 'true',
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: files.ca,
  TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
  TEMPORAL_TLS_CLIENT_CERT_PATH: files.cert,
  TEMPORAL_TLS_CLIENT_KEY_PATH: files.key,
});

async function connected(environment: Environment): Promise<string> {
  const temporal = await connectTemporal(readTemporal(environment));
  await temporal.ping();
  await temporal.close();
  return temporal.namespace;
}

describe('a Temporal behind TLS that asks for certificates', () => {
  it('carries an order of API, worker and relay', async () => {
    const holdfast = await startWholeHoldfast(withCertificates(front));
    try {
      const { HOLDFAST, KEY } = holdfast.environment;
      const answer = await fetch(`${HOLDFAST}/v1/orders`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${KEY}`,
          'content-type': 'application/json',
          'idempotency-key': 'by-tls',
          prefer: 'wait=60',
        },
        body: JSON.stringify({
          customerId: 'ada',
          currency: 'EUR',
          lines: [{ sku: 'MUG-01', quantity: 1, unitPrice: 100 }],
          shipTo: { region: 'north' },
        }),
      });
      expect(await answer.json()).toMatchObject({ status: 'APPROVED' });
    } finally {
      await holdfast.stop();
    }
  });

  it('is reached by a profile of the configuration file, which variables go before', async () => {
    const { address, files } = front;
    const file = path.join(path.dirname(files.ca), 'temporal.toml');
    writeFileSync(
      file,
      `[profile.shop]
address = "${address}"
namespace = "nobody-has-this"
[profile.shop.tls]
server_name = "temporal.test"
server_ca_cert_path = "${files.ca}"
client_cert_path = "${files.cert}"
client_key_path = "${files.key}"
`,
    );
    const profile = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'shop' };
    await expect(connected(profile)).rejects.toThrow(/nobody-has-this/);
    expect(await connected({ ...profile, TEMPORAL_NAMESPACE: 'default' })).toBe('default');
  });

  type Variables = Record<string, string>;
  const without = (name: string) => (all: Variables) =>
    Object.fromEntries(Object.entries(all).filter(([one]) => !one.startsWith(name)));

  it.each<[string, (all: Variables) => Variables, RegExp]>([
    [
      'without a certificate',
      without('TEMPORAL_TLS_CLIENT'),
      /CertificateRequired|no client certificate is configured/,
    ],
    [
      'where another authority is expected',
      (all) => ({ ...all, TEMPORAL_TLS_SERVER_CA_CERT_PATH: front.files.otherCa }),
      /UnknownIssuer/,
    ],
    [
      'where another name is expected',
      (all) => ({ ...all, TEMPORAL_TLS_SERVER_NAME: 'temporal.elsewhere' }),
      /temporal\.elsewhere/,
    ],
    ['without TLS', without('TEMPORAL_TLS'), /./],
  ])('is not reached %s: one line says why', async (_, changed, reason) => {
    const attempt = connected({ ...changed(withCertificates(front)), TEMPORAL_CONFIG_FILE: '/nowhere.toml' });
    await expect(attempt).rejects.toThrow(/^Temporal at 127\.0\.0\.1:\d+ cannot be reached: [^\n]+$/);
    await expect(attempt).rejects.toThrow(reason);
  });
});

test('a connection that closes is not blamed on a certificate that is there', async () => {
  const closing = await startTlsFront(1);
  try {
    const attempt = connected({ ...withCertificates(closing), TEMPORAL_CONFIG_FILE: '/nowhere.toml' });
    await expect(attempt).rejects.toThrow(/cannot be reached: (?!.*certificate)/);
  } finally {
    await closing.close();
  }
});

test('a certificate that is not there is named', () => {
  const settings = { TEMPORAL_ADDRESS: 'cloud:7233', TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/cert.pem' };
  expect(() => readTemporal(settings)).toThrow(/TEMPORAL_\*.*\/nowhere\/cert\.pem/);
});
