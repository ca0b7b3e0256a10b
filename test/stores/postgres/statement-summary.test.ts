import { summaryOf } from '../../../src/stores/postgres/statement-summary';

test.each([
  ['BEGIN; SET LOCAL plan_cache_mode = force_generic_plan', 'BEGIN'],
  ['COMMIT', 'COMMIT'],
  ['SELECT "orders"."order"."id" FROM "orders"."order" WHERE a IS DISTINCT FROM b', 'SELECT order'],
  [
    `WITH logged AS (INSERT INTO event (a) SELECT 1 FROM jsonb_to_recordset($1) AS e(a int)), commanded AS (
       UPDATE command SET x = 1)
     INSERT INTO trip (id) SELECT 1 FROM logged ON CONFLICT (id) DO UPDATE SET x = 1`,
    'INSERT event, trip; UPDATE command',
  ],
  [
    'SELECT 1 FROM (SELECT 1 FROM "stock" s JOIN node n ON true WHERE a = $1 FOR NO KEY UPDATE) t',
    'SELECT stock, node',
  ],
  [`DELETE FROM allocation WHERE note = 'from somewhere else'`, 'DELETE allocation'],
])('%s is summarised by its tables', (sql, summary) => {
  expect(summaryOf(sql)).toBe(summary);
});
