import { type AuditOptions, auditBooks } from '../../src/audit/audit';
import { archivedChanges } from './aged-logs';
import { rebuildChanges } from './rebuilt-books';
import type { SagaFixture } from './saga-fixture';

/**
 * Closes a fixture, also when the audit of its books fails. Returns the audit's findings, and the rows that a rebuild
 * from the logs changes, both also after a part of the logs was archived.
 */
export function auditedClose(
  { context: { stores }, close }: Pick<SagaFixture, 'context' | 'close'>,
  options?: AuditOptions,
): Promise<readonly string[]> {
  const audited = async () => [
    ...(await auditBooks(stores, options)),
    ...(await rebuildChanges(stores)),
    ...(await archivedChanges(stores, options)),
  ];
  return audited().finally(close);
}
