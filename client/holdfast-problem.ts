import type { Problem } from './generated';

/** The API refused a call. The message names the call, the status and the detail of the problem. */
export class HoldfastProblem extends Error {
  override readonly name = 'HoldfastProblem';
  /** The kind of problem: `refused`, `conflict`, `invalid-request` and so on. */
  readonly type: string;
  readonly status: number;
  /** The reason code of a refused command, such as `OUT_OF_STOCK`. */
  readonly reason: string | undefined;
  /** The first field at fault; `problem.errors` has all of them. */
  readonly field: string | undefined;

  constructor(
    call: string,
    /** The body of the answer. */
    readonly problem: Problem,
  ) {
    super(`${call}: ${problem.status} ${problem.detail ?? problem.title}`);
    this.type = problem.type.replace(/^\/problems\//, '');
    this.status = problem.status;
    this.reason = problem.reason;
    this.field = problem.errors?.[0]?.field;
  }
}

/** No answer arrived: the connection could not be made or broke, until the time for the call was over. */
export class HoldfastUnreachable extends Error {
  override readonly name = 'HoldfastUnreachable';

  constructor(
    call: string,
    {
      attempts,
      idempotencyKey,
      cause,
    }: { readonly attempts: number; readonly idempotencyKey: string | null; readonly cause: unknown },
  ) {
    const repeat =
      idempotencyKey === null ? '' : `; the same call with the key ${idempotencyKey} has no second effect`;
    super(`${call}: no answer, attempts: ${attempts}${repeat}`, { cause });
    this.idempotencyKey = idempotencyKey;
  }

  /** The key of the command, which may have been recorded; null: the call has none. */
  readonly idempotencyKey: string | null;
}

/** Makes the problem of an answer. One that does not come from Holdfast has the type `about:blank`. */
export function problemOf(call: string, status: number, body: unknown): HoldfastProblem {
  if (typeof body === 'object' && body !== null && 'type' in body)
    return new HoldfastProblem(call, body as Problem);
  return new HoldfastProblem(call, {
    type: 'about:blank',
    title: `an answer that is no problem of Holdfast: ${String(body).slice(0, 200)}`,
    status,
    instance: '',
  });
}

/** Makes the problem of an id that no URL can carry. The call is not sent. */
export function invalidId(call: string, name: string, id: string): HoldfastProblem {
  const message = `"${id}" is no id`;
  return new HoldfastProblem(call, {
    type: '/problems/invalid-request',
    title: 'The request is not valid',
    status: 400,
    detail: `${name}: ${message}`,
    instance: '',
    errors: [{ field: name, message }],
  });
}
