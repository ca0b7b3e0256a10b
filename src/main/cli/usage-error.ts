/** Invalid arguments, or a request that failed or was refused. The message is ready to print. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
