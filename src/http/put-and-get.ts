import type { z } from 'zod';
import type { Cause } from '../stores/event-log';
import type { Scope } from './access';
import { type Operation, operation } from './operation';
import { notFound } from './problem';
import { jsonBody } from './request-body';

/** A small thing that is put in place whole, under an id of the caller's choosing, and read back. */
export interface Piece<P extends z.ZodObject, Request extends z.ZodType> {
  readonly path: string;
  readonly tag: string;
  /** As in "Read a node". */
  readonly noun: string;
  readonly scopes: { readonly read: Scope; readonly write: Scope };
  readonly params: P;
  readonly request: Request;
  readonly view: z.ZodType;
  /** What putting it can meet beyond a bad request. */
  readonly putProblems?: readonly number[];
  put(params: z.output<P>, wanted: z.output<Request>, cause: Cause): Promise<void>;
  /** Undefined where there is none. */
  read(params: z.output<P>): Promise<object | undefined>;
}

/** The two operations of a piece. Putting the same again changes nothing, so no idempotency key is needed. */
export function putAndGet<P extends z.ZodObject, Request extends z.ZodType>(
  piece: Piece<P, Request>,
): Operation[] {
  const { path, tag, noun, params, view, scopes } = piece;
  const found = async (given: z.output<P>) => {
    const json = await piece.read(given);
    if (json === undefined) throw notFound(`${noun} ${Object.values(given).join()}`);
    return { status: 200, json };
  };
  const put = operation({
    method: 'put',
    path,
    tag,
    summary: `Put ${noun} in place, or change it`,
    scope: scopes.write,
    params,
    body: jsonBody(piece.request),
    answers: { 200: { description: 'as it stands now', schema: view } },
    problems: piece.putProblems ?? [],
    async handle({ params: given, body, cause }) {
      await piece.put(given, body, cause);
      return found(given);
    },
  });
  const get = operation({
    method: 'get',
    path,
    tag,
    summary: `Read ${noun}`,
    scope: scopes.read,
    params,
    answers: { 200: { description: 'as it stands', schema: view } },
    problems: [404],
    handle: ({ params: given }) => found(given),
  });
  return [put, get];
}
