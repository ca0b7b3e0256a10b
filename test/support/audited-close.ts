import { type AuditOptions, auditBooks } from '../../src/audit/audit';
import type { SagaFixture } from './saga-fixture';

/** Closes a fixture, also when the audit of its books fails. Returns the audit's findings. */
export function auditedClose(
  { context, close }: Pick<SagaFixture, 'context' | 'close'>,
  options?: AuditOptions,
): Promise<readonly string[]> {
  return auditBooks(context.stores, options).finally(close);
}
