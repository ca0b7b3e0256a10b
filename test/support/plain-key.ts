/** Returns the key of a stream whose ids need no encoding. */
export function plainKey(stream: string): object {
  const [kind = '', first = '', nodeId = ''] = stream.split('/');
  if (kind === 'stock') return { kind, sku: first, nodeId };
  if (kind === 'item' || kind === 'backorder') return { kind, sku: first };
  return kind === 'credit' ? { kind, customerId: first } : { kind, id: first };
}
