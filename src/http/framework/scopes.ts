import type { PlainScope, Scope, ScopeOfOne } from '../../contracts/api/scopes';
import type { KeyHolder } from '../../stores/orders/api-keys';
import { Problem } from './problem';

/** Scopes of which a key needs one. The problem names the first one. */
export type AnyScope = readonly [Scope, ...Scope[]];

/**
 * Checks that the holder of a key has one of these scopes, or `admin`.
 * @throws Problem forbidden when it has none of them
 */
export function authorise(holder: KeyHolder, scopes: AnyScope): void {
  if (!scopes.some((scope) => has(holder, scope))) throw forbidden(scopes[0]);
}

/**
 * Checks that the holder of a key has a scope for all things or for some, or `admin`. The operation then checks the
 * thing that the request concerns.
 * @throws Problem forbidden when it has none
 */
export function authoriseForSome(holder: KeyHolder, scope: ScopeOfOne & PlainScope): void {
  const isForSome = holder.scopes.some((own) => own.startsWith(`${scope}:`));
  if (!isForSome && !has(holder, scope)) throw forbidden(scope);
}

function has({ scopes }: KeyHolder, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin');
}

function forbidden(scope: Scope): Problem {
  return new Problem('forbidden', {
    detail: `the API key lacks the scope ${scope}`,
    headers: {
      // A header has ASCII only, and a scope may name an id of any script.
      'WWW-Authenticate': `Bearer realm="holdfast", error="insufficient_scope", scope="${encodeURI(scope)}"`,
    },
  });
}
