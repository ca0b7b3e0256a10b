/** Headers in which a caller may try to be another. */
export const FORGED = {
  'X-Caller': 'forged',
  'X-Request-Id': 'forged',
  From: 'forged',
  'X-Forwarded-User': 'forged',
};

/** A request that changes something, and its operation as `method path`. */
export interface Change {
  readonly operation: string;
  readonly path: string;
  readonly body?: unknown;
  /** The media type of a body that is not JSON. */
  readonly type?: string;
}

const NODE = { name: 'South', kind: 'warehouse', region: 'south' };
const SOURCE = { name: 'ERP', basis: 'on_hand', nodes: ['wh-1'] };
const CAP = {
  skus: ['SKU-1'],
  start: '2026-01-01T00:00:00.000Z',
  end: '2027-01-01T00:00:00.000Z',
  limit: 9_000,
};
const RULE = { deny: { sku: 'SKU-1', region: 'nowhere' }, reason: 'NOT_SOLD_THERE' };
const ACCOUNT = { currency: 'EUR', limit: 5 };

/** Sets a resource, imports one, and removes it. */
function settings(collection: string, name: string, key: string, body: object): readonly Change[] {
  const imported = `${JSON.stringify({ [name]: `${key}-2`, ...body })}\n`;
  const path = `/v1/${collection}/${key}`;
  const operation = `/v1/${collection}/{${name}}`;
  return [
    { operation: `put ${operation}`, path, body },
    {
      operation: `post /v1/imports/${collection}`,
      path: `/v1/imports/${collection}`,
      body: imported,
      type: 'application/x-ndjson',
    },
    { operation: `delete ${operation}`, path },
  ];
}

/** Every operation on settings, in an order in which each changes something. */
export const SETTINGS: readonly Change[] = [
  ...settings('nodes', 'id', 'wh-9', NODE),
  ...settings('items', 'sku', 'SKU-9', { name: 'Vase' }),
  ...settings('sources', 'id', 'erp-9', SOURCE),
  ...settings('caps', 'id', 'cap-9', CAP),
  ...settings('eligibility-rules', 'id', 'rule-9', RULE),
  ...settings('credit-accounts', 'customerId', 'cust-9', ACCOUNT),
];

export function typeOf({ type }: Change): Record<string, string> {
  return type === undefined ? {} : { 'Content-Type': type };
}
