/** What was typed cannot be done, or what was asked was refused; the message is fit to print as it is. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
