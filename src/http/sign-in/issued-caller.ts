import { identifier } from '../../contracts/api/fields';
import { isScope } from '../../contracts/api/scopes';
import { ISSUED_CALLER } from '../../contracts/commands';
import type { Claims } from '../../contracts/identities';
import type { KeyLimits } from '../../stores/orders/api-keys';
import { bearerChallenge } from '../framework/access';
import type { Holder } from '../framework/authentication';
import { Problem } from '../framework/problem';

/** Says how claims become a caller. */
export interface ClaimRules {
  /** The claim that names the caller; it must be unique at the issuer. */
  readonly callerClaim: string;
  /** The claim that lists scopes, or groups. */
  readonly scopesClaim: string;
  /** The scopes of each group; undefined: the claim lists scopes. */
  readonly groups: Readonly<Record<string, readonly string[]>> | undefined;
  /** The limits of each caller. */
  readonly limits: KeyLimits;
}

/**
 * Returns the caller of a verified token. Its name cannot be that of an API key's caller. Unknown scopes and groups are
 * ignored.
 * @throws Problem forbidden when no name or no scope remains
 */
export function issuedCaller(claims: Claims, rules: ClaimRules): Holder {
  const caller = nameIn(claims, rules.callerClaim);
  const scopes = scopesIn(claims, rules);
  if (scopes.length > 0) return { caller, scopes, limits: rules.limits };
  throw insufficient(
    `${caller} has no scope of Holdfast: an administrator of the issuer gives scopes by the claim ${rules.scopesClaim}`,
  );
}

function nameIn(claims: Claims, claim: string): string {
  const name = `${ISSUED_CALLER}${String(claims[claim] ?? '')}`;
  if (name === ISSUED_CALLER || !identifier.safeParse(name).success)
    throw insufficient(`the claim ${claim} of the token names no caller`);
  // An address that nobody has checked may be another person's.
  if (claim === 'email' && claims.email_verified !== true)
    throw insufficient('the issuer has not verified the mail address of the token');
  return name;
}

function scopesIn(claims: Claims, { scopesClaim, groups }: ClaimRules): readonly string[] {
  const listed = wordsOf(claims[scopesClaim]);
  if (groups === undefined) return listed.filter(isScope);
  return [...new Set(listed.flatMap((group) => (Object.hasOwn(groups, group) ? (groups[group] ?? []) : [])))];
}

/** Returns the words of a list, or of a text with spaces between them as OAuth has it. */
function wordsOf(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return claim.split(' ');
  return Array.isArray(claim) ? claim.filter((word) => typeof word === 'string') : [];
}

function insufficient(detail: string): Problem {
  return new Problem('forbidden', { detail, headers: bearerChallenge(', error="insufficient_scope"') });
}
