import fc from 'fast-check';
import { Registry } from 'prom-client';
import type { z } from 'zod';
import { allOperations } from '../../../src/http/api';
import { CommandTraffic } from '../../../src/http/framework/command-traffic';
import { fieldErrors } from '../../../src/http/framework/field-errors';
import { type ApiUnderTest, startApi } from '../support/api-under-test';

let api: ApiUnderTest;
let schemas: readonly (readonly [name: string, schema: z.ZodType])[];
beforeAll(async () => {
  api = await startApi();
  schemas = allOperations({ ...api.deps, metrics: new Registry() }, new CommandTraffic()).flatMap(
    (operation) => {
      const name = `${operation.method} ${operation.path}`;
      const parts = { path: operation.params, query: operation.query, headers: operation.headers };
      return Object.entries({ ...parts, ...operation.bodySchemas }).map(
        ([part, schema]) => [`${name} ${part}`, schema] as const,
      );
    },
  );
});
afterAll(() => api.close());

/** Returns the names of the fields of an object schema, inner objects and lists included, as far as they are declared. */
function fieldsOf(schema: unknown): Record<string, unknown> {
  const { shape, element, def } = schema as {
    shape?: Record<string, unknown>;
    element?: unknown;
    def?: { innerType?: unknown; in?: unknown };
  };
  if (shape) return shape;
  const inner = element ?? def?.innerType ?? def?.in;
  return inner === undefined ? {} : fieldsOf(inner);
}

/** Draws a value for a schema: an object with its fields, each wrong, missing or an object of its own kind. */
function valueFor(schema: unknown, depth: number): fc.Arbitrary<unknown> {
  const wrong = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e300, '', 'x', '\u0000', []),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const fields = depth > 0 ? fieldsOf(schema) : {};
  if (Object.keys(fields).length === 0) return wrong;
  const drawn = Object.entries(fields).map(([name, inner]) => [name, valueFor(inner, depth - 1)] as const);
  const object = fc.record(Object.fromEntries(drawn), { requiredKeys: [] });
  return fc.oneof(
    { weight: 1, arbitrary: wrong },
    { weight: 6, arbitrary: object },
    { weight: 3, arbitrary: fc.array(object, { maxLength: 2 }) },
  );
}

const LIBRARY = /invalid|expected|received|too (small|big)|unrecognized|undefined|NaN|regex/i;

test("every message says what a field must be, in words, and none is the library's own", () => {
  for (const [name, schema] of schemas) {
    fc.assert(
      fc.property(valueFor(schema, 3), (value) => {
        const parsed = schema.safeParse(value);
        for (const { field, message } of parsed.error ? fieldErrors(parsed.error, 'body') : []) {
          expect([name, field, message]).toEqual([name, field, expect.not.stringMatching(LIBRARY)]);
          expect([name, field, message]).toEqual([name, field, expect.stringMatching(/^[a-z`].{4,}/)]);
        }
      }),
      { numRuns: 30 },
    );
  }
});

test.each([
  [
    { lines: [{ sku: 'A', quantity: 0, unitPrice: 1 }] },
    'lines[0].quantity',
    /^must be a whole number from 1 to 1000000$/,
  ],
  [{ customerId: undefined }, 'customerId', /^is required$/],
  [{ shipTo: 'north' }, 'shipTo', /^must be an object$/],
  [{ shipComplete: 'yes' }, 'shipComplete', /^must be true or false$/],
  [{ lines: {} }, 'lines', /^must be a list$/],
  [{ metadata: { 'no blanks': 'x' } }, 'metadata.no blanks', /^must have names of/],
])('a field at fault is named as its caller wrote it: %j', async (changes, field, message) => {
  const body = {
    customerId: 'c',
    currency: 'EUR',
    lines: [{ sku: 'A', quantity: 1, unitPrice: 1 }],
    shipTo: { region: 'north' },
    ...changes,
  };
  const { status, json } = await api.call('POST', '/v1/orders', body, { 'Idempotency-Key': 'k' });
  expect([status, json.errors]).toEqual([400, [{ field, message: expect.stringMatching(message) }]]);
});
