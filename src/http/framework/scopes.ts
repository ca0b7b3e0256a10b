import { identifier } from '../../contracts/api/fields';
import type { KeyHolder } from '../../stores/orders/api-keys';
import { Problem } from './problem';

/** The scopes of API keys; `admin` includes all others. */
const PLAIN_SCOPES = [
  'orders:read',
  'orders:write',
  'shipments:write',
  'reservations:write',
  'inventory:read',
  'inventory:write',
  'credit:read',
  'credit:write',
  'trips:read',
  'trips:write',
  'sagas:read',
  'sagas:write',
  'events:read',
  'events:write',
  'insights:read',
  'webhooks:read',
  'webhooks:write',
  'admin',
] as const;

/** The scopes for one thing, without its id: `feeds:write:<source>` allows the feed of that source only. */
const SCOPES_OF_ONE = { 'feeds:write': 'source', 'shipments:write': 'node' } as const;

type PlainScope = (typeof PLAIN_SCOPES)[number];
type ScopeOfOne = keyof typeof SCOPES_OF_ONE;

export type Scope = PlainScope | `${ScopeOfOne}:${string}`;

/** Scopes of which a key needs one. The first is the one that its caller is told of. */
export type AnyScope = readonly [Scope, ...Scope[]];

/** Every scope, as it is written for people. */
export const SCOPE_NAMES: readonly string[] = [
  ...PLAIN_SCOPES,
  ...Object.entries(SCOPES_OF_ONE).map(([scope, thing]) => `${scope}:<${thing}>`),
];

const PREFIXES = Object.keys(SCOPES_OF_ONE).map((scope) => `${scope}:`);

/** Returns true when a scope exists. A scope for one thing exists for every id, which may contain colons. */
export function isScope(name: string): name is Scope {
  const prefix = PREFIXES.find((start) => name.startsWith(start));
  if (prefix !== undefined) return identifier.safeParse(name.slice(prefix.length)).success;
  return PLAIN_SCOPES.some((scope) => scope === name);
}

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
