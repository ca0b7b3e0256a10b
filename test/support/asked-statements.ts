import type { Sql } from '@prisma/client/runtime/client';
import { statementFrom } from '../../src/stores/postgres/step-transaction';
import type { StoreSession } from '../../src/stores/postgres/store-session';

/** Returns a session that runs statements and keeps them in `asked`. */
export function remembering(session: StoreSession): {
  readonly session: StoreSession;
  readonly asked: Sql[];
} {
  const asked: Sql[] = [];
  const $queryRaw = (query: TemplateStringsArray | Sql, ...values: unknown[]) => {
    asked.push(statementFrom(query, values));
    return session.$queryRaw(query, ...values);
  };
  return { session: { $queryRaw } as unknown as StoreSession, asked };
}
