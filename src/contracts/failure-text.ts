/** Returns the message of an error, or of whatever else was thrown. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
