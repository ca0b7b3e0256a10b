import type { Pool } from 'pg';
import type { Ground } from './grounds';

/** The final state of one case, in a form that compares with another case's. */
export interface Books {
  readonly key: string;
  readonly commands: readonly {
    readonly id: string;
    readonly kind: string;
    readonly decision: string | null;
    readonly isClosed: boolean;
    readonly attention: object | null;
  }[];
  readonly status: string;
  readonly atPartner: number;
  readonly credit: number;
  /** All of the state as text, without the case's own ids and times. */
  readonly text: string;
}

const MOMENT = /\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)/g;

/** Returns the books of some cases, in the same order. */
export async function booksOf(sql: Pool, grounds: readonly Ground[]): Promise<readonly Books[]> {
  const orderIds = grounds.map(({ orderId }) => orderId);
  const { rows } = await sql.query<{ book: Omit<Books, 'key' | 'text'> & { readonly all: object } }>(
    STATEMENT,
    [orderIds, grounds.map(({ sku }) => sku), grounds.map(({ customerId }) => customerId)],
  );
  return rows.map(({ book: { all, ...book } }, at) => {
    const key = grounds[at]?.key ?? '';
    return { key, ...book, text: JSON.stringify(all).replaceAll(key, '#').replaceAll(MOMENT, 'T') };
  });
}

/** Grants differ only by their times, which the books leave out: the statement sums them. */
const STATEMENT = `
  SELECT jsonb_build_object(
    'status', o.status,
    'commands', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'decision', c.decision->>'kind',
        'isClosed', c.closed_at IS NOT NULL, 'attention', c.attention) ORDER BY c.recorded_at, c.id), '[]')
      FROM orders.command c WHERE c.subject = o.id),
    'atPartner', (SELECT coalesce(sum((a->>'quantity')::int), 0)
      FROM inventory.reservation r, jsonb_array_elements(r.allocations || r.consumed) a
      WHERE r.order_id = o.id AND r.state IN ('COMMITTED', 'CONSUMED') AND a->>'nodeId' = 'pa'),
    'credit', (SELECT coalesce(sum(amount), 0) FROM credit.hold h WHERE h.order_id = o.id AND state <> 'RELEASED'),
    'all', jsonb_build_object(
      'order', jsonb_build_object('status', o.status, 'reason', o.reason, 'lines', o.lines, 'total', o.total,
        'payment', o.payment, 'shipments', o.shipments, 'pending', o.pending, 'last', o.last_command,
        'version', o.version, 'early', o.early_fills),
      'decisions', (SELECT jsonb_object_agg(c.id, c.decision) FROM orders.command c WHERE c.subject = o.id),
      'reservations', (SELECT jsonb_agg(jsonb_build_object('state', state, 'lines', lines, 'reason', reason,
          'backordered', backordered, 'consumed', consumed, 'filled', filled, 'extensions', extensions, 'exclusions', exclusions,
          'requests', partner_requests) ORDER BY id) FROM inventory.reservation WHERE order_id = o.id),
      'allocations', (SELECT jsonb_agg(a ORDER BY a) FROM (
          SELECT a.sku, a.node_id, a.state, sum(a.quantity) AS quantity FROM inventory.allocation a
          JOIN inventory.reservation r ON r.id = a.reservation_id WHERE r.order_id = o.id GROUP BY 1, 2, 3) a),
      'hold', (SELECT jsonb_build_object('amount', amount, 'state', state, 'captures', captures,
          'adjustments', adjustments) FROM credit.hold WHERE order_id = o.id),
      'account', (SELECT jsonb_build_array(held, captured_unpaid) FROM credit.account WHERE customer_id = g.customer),
      'stock', (SELECT jsonb_agg(jsonb_build_array(node_id, held, committed, unavailable, supplies) ORDER BY node_id)
          FROM inventory.stock WHERE sku = g.sku),
      'events', (SELECT jsonb_object_agg(stream, types ORDER BY stream) FROM (
          SELECT stream, jsonb_agg(type ORDER BY version) AS types FROM (
            SELECT stream, type, version, correlation FROM orders.event WHERE correlation = o.id
            UNION ALL SELECT stream, type, version, correlation FROM inventory.event WHERE correlation = o.id
            UNION ALL SELECT stream, type, version, correlation FROM credit.event WHERE correlation = o.id) e
          GROUP BY stream) s))) AS book
  FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS g(order_id, sku, customer, at)
  JOIN orders."order" o ON o.id = g.order_id ORDER BY g.at`;
