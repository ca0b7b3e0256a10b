import { type Sql, sqltag as sql } from '@prisma/client/runtime/client';
import type { StoreSession } from '../../src/stores/store-session';

/** A session that keeps the statements it is asked to run, and runs them. */
export function remembering(session: StoreSession): {
  readonly session: StoreSession;
  readonly asked: Sql[];
} {
  const asked: Sql[] = [];
  const $queryRaw = (strings: TemplateStringsArray, ...values: unknown[]) => {
    asked.push(sql(strings, ...(values as Sql['values'])));
    return session.$queryRaw(strings, ...values);
  };
  return { session: { $queryRaw } as unknown as StoreSession, asked };
}
