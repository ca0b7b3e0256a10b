import { type AuditOptions, auditBooks } from '../audit/audit';
import type { Stores } from '../stores/stores';

/** Audits the books and prints one line per finding. @returns the exit code: 1 when there is a finding */
export async function reportBooks(stores: Stores, options: AuditOptions): Promise<number> {
  const findings = await auditBooks(stores, options);
  for (const finding of findings) console.log(finding);
  if (findings.length === 0) console.log('The books balance.');
  return findings.length === 0 ? 0 : 1;
}
