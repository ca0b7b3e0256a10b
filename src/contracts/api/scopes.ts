import { identifier } from './fields';

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

export type PlainScope = (typeof PLAIN_SCOPES)[number];
export type ScopeOfOne = keyof typeof SCOPES_OF_ONE;

export type Scope = PlainScope | `${ScopeOfOne}:${string}`;

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
