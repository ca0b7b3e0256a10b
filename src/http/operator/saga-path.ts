/** Where a saga is read: the deadline that a command is of has characters that a path has not. */
export function sagaPathOf(id: string): string {
  return `/v1/sagas/${encodeURIComponent(id)}`;
}
