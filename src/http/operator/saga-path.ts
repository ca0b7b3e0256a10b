/** Returns the path of a saga. The id is encoded: that of a deadline, `<shipment>/<due at>`, contains a slash. */
export function sagaPathOf(id: string): string {
  return `/v1/sagas/${encodeURIComponent(id)}`;
}
