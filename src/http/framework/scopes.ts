import type { PlainScope, Scope, ScopeOfOne } from '../../contracts/api/scopes';
import { bearerChallenge } from './access';
import { credentialOf, type Holder } from './authentication';
import { Problem } from './problem';

/** Scopes of which a caller needs one. The problem names the first one. */
export type AnyScope = readonly [Scope, ...Scope[]];

/**
 * Checks that a caller has one of these scopes, or `admin`.
 * @throws Problem forbidden when it has none of them
 */
export function authorise(holder: Holder, scopes: AnyScope): void {
  if (!scopes.some((scope) => has(holder, scope))) throw forbidden(holder, scopes[0]);
}

/**
 * Checks that a caller has a scope for all things or for some, or `admin`. The operation then checks the
 * thing that the request concerns.
 * @throws Problem forbidden when it has none
 */
export function authoriseForSome(holder: Holder, scope: ScopeOfOne & PlainScope): void {
  const isForSome = holder.scopes.some((own) => own.startsWith(`${scope}:`));
  if (!isForSome && !has(holder, scope)) throw forbidden(holder, scope);
}

function has({ scopes }: Holder, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

function forbidden(holder: Holder, scope: Scope): Problem {
  return new Problem('forbidden', {
    detail: `${credentialOf(holder)} lacks the scope ${scope}`,
    // A header has ASCII only, and a scope may name an id of any script.
    headers: bearerChallenge(`, error="insufficient_scope", scope="${encodeURI(scope)}"`),
  });
}
