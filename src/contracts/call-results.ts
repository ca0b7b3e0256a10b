/** The end of a step or of a call to a third party: done, a business refusal, or a fault, which is usually retried. */
export const CALL_RESULTS = ['ok', 'refused', 'failed'] as const;

export type CallResult = (typeof CALL_RESULTS)[number];

/** Returns the result of an answer. The kind `unknown` is a call without a usable answer. */
export function resultOf({ kind }: { readonly kind: string }): CallResult {
  if (kind === 'refused') return 'refused';
  return kind === 'unknown' ? 'failed' : 'ok';
}
