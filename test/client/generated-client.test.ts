import { readFileSync } from 'node:fs';
import path from 'node:path';
import { KEYED_OPERATIONS } from '../../client/generated/keyed-operations';
import { clientDocument } from '../../scripts/client/client-document';
import { PROJECT_ROOT } from '../architecture/planted-tree';

test('the generated client is that of the routes: else run npx tsx scripts/generate-clients.ts', () => {
  const file = path.join(PROJECT_ROOT, 'client', 'generated', 'document.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(clientDocument());
});

test('no call of the client requires an idempotency key, and it knows which calls take one', () => {
  const operations = Object.entries(clientDocument().paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${route}`,
      key: operation.parameters?.find(({ name }) => name === 'Idempotency-Key'),
    })),
  );
  const keyed = operations.filter(({ key }) => key !== undefined);
  expect(keyed.map(({ name }) => name)).toEqual([...KEYED_OPERATIONS]);
  expect(keyed.every(({ key }) => key?.required === false)).toBe(true);
  expect([...KEYED_OPERATIONS]).toEqual(
    expect.arrayContaining(['POST /v1/orders', 'POST /v1/orders/{id}/cancel', 'POST /v1/trips']),
  );
});
