import { randomBytes } from 'node:crypto';
import type { ApiDependencies } from '../../../src/http/api-dependencies';
import { OidcIssuer } from '../../../src/providers/oidc-issuer';
import { findFreePorts } from '../../../tools/processes/ports';
import { OidcIssuerProcess } from '../../support/oidc-issuer-process';
import { type ApiUnderTest, startApi } from './api-under-test';

export interface ApiWithIssuer {
  readonly api: ApiUnderTest;
  readonly issuer: OidcIssuerProcess;
  close(): Promise<void>;
}

type Settings = NonNullable<ApiDependencies['signIn']>;

/** Returns the settings of an issuer that names scopes in `holdfast_scopes` and callers in `sub`. */
export function issuerSettings(url: string, publicOrigin: string, changes: Partial<Settings> = {}): Settings {
  const client = {
    issuer: url,
    clientId: 'holdfast',
    clientSecret: undefined,
    audience: 'holdfast',
    loginScopes: 'openid',
  };
  return {
    issuer: new OidcIssuer(client),
    claims: {
      callerClaim: 'sub',
      scopesClaim: 'holdfast_scopes',
      groups: undefined,
      limits: { requestsPerSecond: null, concurrency: null },
    },
    publicOrigin,
    sessionKey: randomBytes(32),
    ...changes,
  };
}

/** Starts an issuer, and an API that browsers reach at its own address. */
export async function startApiWithIssuer(changes: Partial<Settings> = {}): Promise<ApiWithIssuer> {
  const issuer = await OidcIssuerProcess.create();
  await issuer.start();
  const [port = 0] = await findFreePorts(1);
  const settings = issuerSettings(issuer.url, `http://127.0.0.1:${port}`, changes);
  const api = await startApi({ signIn: settings }, port);
  return {
    api,
    issuer,
    async close() {
      await api.close();
      await issuer.stop();
    },
  };
}
