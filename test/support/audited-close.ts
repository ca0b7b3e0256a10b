import { type AuditOptions, auditBooks } from '../../src/audit/audit';
import type { SagaFixture } from './saga-fixture';

/** Closes a fixture, whatever an audit of its books comes to, and says what that finds. */
export function auditedClose(
  { context, close }: Pick<SagaFixture, 'context' | 'close'>,
  options?: AuditOptions,
): Promise<readonly string[]> {
  return auditBooks(context.stores, options).finally(close);
}
