/**
 * Joins the parts of a name with a slash: a stream, a booking key, a workflow or command id, the key of a map. Each part
 * is percent-encoded, so different parts never give the same name. Nothing parses a name: the parts travel beside it.
 */
export function compositeName(...parts: readonly (string | number)[]): string {
  return parts.map(encodeURIComponent).join('/');
}
