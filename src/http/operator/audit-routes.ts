import { type AuditEntryView, auditPage, auditPosition, auditQuery } from '../../contracts/api/audit';
import { LOGS } from '../../contracts/logs';
import { type AuditEntry, type AuditFilter, type AuditPosition, readAudit } from '../../stores/log/audit-log';
import type { Stores } from '../../stores/stores';
import { type Operation, operation } from '../framework/operation';
import { pageFrom, positionAt } from '../framework/page-cursor';

const AUDIT = `Lists settings, keys made and revoked, sagas retried and resolved, subscriptions reset, parked events retried and
dropped, and changes of webhooks. Each act is written in the transaction that makes it, and the database refuses to change or
remove it. An act that changes nothing is not listed, nor is one that is refused. Pages have every act that was committed
before the first page was read.`;

/** Declares the route that lists the acts of admins and operators. */
export function auditRoutes({ logs }: Pick<Stores, 'logs'>): Operation[] {
  return [
    operation({
      method: 'get',
      path: '/v1/audit',
      operationId: 'listAudit',
      tag: 'Audit',
      summary: 'List who changed what, newest first',
      description: AUDIT,
      scope: 'admin',
      query: auditQuery,
      answers: { 200: { description: 'a page of acts', schema: auditPage } },
      async handle({ query: { cursor, limit, ...filter } }) {
        const before = positionAt(cursor, auditPosition);
        const entries = await newest(logs, filter, before, limit + 1);
        return { status: 200, json: pageFrom(entries, limit, ({ at, id }) => [at, id], entryView) };
      },
    }),
  ];
}

/** Reads the newest acts of all stores. */
async function newest(
  logs: Stores['logs'],
  filter: AuditFilter,
  before: AuditPosition | undefined,
  limit: number,
): Promise<readonly AuditEntry[]> {
  const ofStores = await Promise.all(LOGS.map((log) => readAudit(logs[log], filter, before, limit)));
  return ofStores.flat().sort(newestFirst).slice(0, limit);
}

/** Orders acts as each store does: RFC 3339 in UTC and UUIDs sort as text. */
function newestFirst(one: AuditEntry, other: AuditEntry): number {
  if (one.at !== other.at) return one.at > other.at ? -1 : 1;
  return one.id > other.id ? -1 : 1;
}

function entryView({ keyId, detail, ...entry }: AuditEntry): AuditEntryView {
  return { ...entry, detail: { ...detail }, ...(keyId === null ? {} : { keyId }) };
}
