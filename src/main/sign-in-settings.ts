import type { SignInSettings } from '../http/sign-in/issued-callers';
import type { OidcClient } from '../providers/oidc-issuer';
import { type Environment, optional, required, SettingsError, usual } from './variable-reading';
import { VARIABLES } from './variables';

const OF_SIGN_IN = /^HOLDFAST_(OIDC_.+|PUBLIC_URL|SESSION_KEY)$/;

/** The issuer of tokens and the sign-in to the operator's page. */
export interface OidcSettings extends SignInSettings {
  readonly client: OidcClient;
}

/**
 * Reads the settings of the issuer; undefined without one.
 * @throws SettingsError when a variable is invalid, is missing beside an issuer, or is set without one
 */
export function readSignIn(environment: Environment): OidcSettings | undefined {
  const issuer = optional(environment, 'HOLDFAST_OIDC_ISSUER');
  if (issuer === undefined) return refuseWithout(environment);
  const clientId = required(environment, 'HOLDFAST_OIDC_CLIENT_ID');
  return {
    client: {
      issuer,
      clientId,
      clientSecret: optional(environment, 'HOLDFAST_OIDC_CLIENT_SECRET'),
      audience: optional(environment, 'HOLDFAST_OIDC_AUDIENCE') ?? clientId,
      loginScopes: usual(environment, 'HOLDFAST_OIDC_LOGIN_SCOPES'),
    },
    claims: {
      callerClaim: usual(environment, 'HOLDFAST_OIDC_CALLER_CLAIM'),
      scopesClaim: usual(environment, 'HOLDFAST_OIDC_SCOPES_CLAIM'),
      groups: optional(environment, 'HOLDFAST_OIDC_GROUPS'),
      limits: {
        requestsPerSecond: optional(environment, 'HOLDFAST_OIDC_REQUESTS_PER_SECOND') ?? null,
        concurrency: optional(environment, 'HOLDFAST_OIDC_CONCURRENCY') ?? null,
      },
    },
    publicOrigin: required(environment, 'HOLDFAST_PUBLIC_URL'),
    sessionKey: required(environment, 'HOLDFAST_SESSION_KEY'),
  };
}

/** Refuses settings of an issuer that is not there: somebody expects a sign-in that is off. */
function refuseWithout(environment: Environment): undefined {
  const needless = Object.keys(VARIABLES).find(
    (name) => OF_SIGN_IN.test(name) && (environment[name] ?? '') !== '',
  );
  if (needless !== undefined)
    throw new SettingsError(`${needless} needs HOLDFAST_OIDC_ISSUER, which is not set`);
}
