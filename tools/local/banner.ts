import { randomBytes } from 'node:crypto';

export interface BannerFacts {
  readonly apiUrl: string;
  /** Undefined when an external Temporal is used. */
  readonly webUiUrl: string | undefined;
  readonly adminKey: string;
  readonly dataFolder: string;
}

/** Returns the text that `npm start` prints when everything is ready: the URLs, the key and a first order. */
export function banner({ apiUrl, webUiUrl, adminKey, dataFolder }: BannerFacts): string {
  const order = JSON.stringify({
    customerId: 'ada',
    currency: 'EUR',
    lines: [{ sku: 'MUG-01', quantity: 2, unitPrice: 1250 }],
    shipTo: { region: 'north' },
  });
  const authorization = `-H 'Authorization: Bearer ${adminKey}'`;
  return [
    '',
    'Holdfast is ready.',
    '',
    `  API              ${apiUrl}`,
    `  Operator's page  ${apiUrl}/`,
    `  Docs             ${apiUrl}/docs`,
    ...(webUiUrl === undefined ? [] : [`  Temporal Web UI  ${webUiUrl}`]),
    `  Admin key        ${adminKey}`,
    `  Data and logs    ${dataFolder}`,
    '',
    'Place an order (the same Idempotency-Key again is the same order):',
    '',
    `  curl -s ${apiUrl}/v1/orders ${authorization} \\`,
    `    -H 'Content-Type: application/json' -H 'Idempotency-Key: first-${randomBytes(4).toString('hex')}' -H 'Prefer: wait=5' \\`,
    `    -d '${order}'`,
    '',
    'and look at it with the id it answered in place of ORDER_ID:',
    '',
    `  curl -s ${apiUrl}/v1/orders/ORDER_ID ${authorization}`,
    '',
    'Ctrl-C stops everything; the data stays until npm run reset.',
    '',
  ].join('\n');
}
