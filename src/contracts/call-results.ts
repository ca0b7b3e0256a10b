/**
 * The end of a step or of a call to a third party: done, a business refusal, a fault, which is usually retried, or
 * credentials that the third party does not accept.
 */
export const CALL_RESULTS = ['ok', 'refused', 'failed', 'denied'] as const;

export type CallResult = (typeof CALL_RESULTS)[number];

/** Returns the result of an answer. The kind `unknown` is a call without a usable answer. */
export function resultOf({
  kind,
  isDenied,
}: {
  readonly kind: string;
  readonly isDenied?: true;
}): CallResult {
  if (isDenied) return 'denied';
  if (kind === 'refused') return 'refused';
  return kind === 'unknown' ? 'failed' : 'ok';
}
