/** Returns the header that confirms `Prefer: wait=N`; none for 0 seconds. */
export function preferenceHeaders(seconds: number): Readonly<Record<string, string>> {
  return seconds > 0 ? { 'Preference-Applied': `wait=${seconds}` } : {};
}
