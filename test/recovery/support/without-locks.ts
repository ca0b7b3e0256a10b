import { Sql } from '@prisma/client/runtime/client';
import { statementFrom } from '../../../src/stores/postgres/step-transaction';
import type { StepSession } from '../../../src/stores/postgres/store-session';
import type { Stores } from '../../../src/stores/stores';

/**
 * Plants a bug: transactions lock nothing, and an event that another transaction has logged meanwhile raises no error.
 */
export function withoutLocks({ orders, inventory, credit }: Stores): void {
  for (const { pool } of [orders, inventory, credit]) {
    const step = pool.step.bind(pool);
    pool.step = (work) => step((session) => work(unlocked(session)));
  }
}

function unlocked(session: StepSession): StepSession {
  return {
    $queryRaw: (query, ...values) =>
      session.$queryRaw(changed(statementFrom(query, values), 'FOR UPDATE', '')),
    $executeRaw: (query, ...values) => session.$executeRaw(query, ...values),
    save: (statement) =>
      session.save(
        changed(statement, 'ORDER BY stream, version', 'ORDER BY stream, version ON CONFLICT DO NOTHING'),
      ),
  };
}

function changed({ strings, values }: Sql, from: string, to: string): Sql {
  return new Sql(
    strings.map((part) => part.replaceAll(from, to)),
    values,
  );
}
