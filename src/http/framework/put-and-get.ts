import type { z } from 'zod';
import type { Cause } from '../../stores/log/event-log';
import type { Scope } from './access';
import { type Operation, operation } from './operation';
import { notFound } from './problem';
import { jsonBody } from './request-body';

/** A resource that a caller replaces as a whole, under an id of its choice, and reads back. */
export interface Piece<P extends z.ZodObject, Request extends z.ZodType> {
  readonly path: string;
  readonly tag: string;
  /** The noun for summaries, as in "Read a node". */
  readonly noun: string;
  readonly scopes: { readonly read: Scope; readonly write: Scope };
  readonly params: P;
  readonly request: Request;
  readonly view: z.ZodType;
  /** The statuses of problems that PUT can meet beyond a bad request. */
  readonly putProblems?: readonly number[];
  put(params: z.output<P>, wanted: z.output<Request>, cause: Cause): Promise<void>;
  /** Reads the resource; undefined when it does not exist. */
  read(params: z.output<P>): Promise<object | undefined>;
  /** Removes the resource; false when it never existed. Absent when the resource cannot be removed. */
  remove?(params: z.output<P>, cause: Cause): Promise<boolean>;
}

/** Declares the operations of a resource. A repeated PUT or DELETE changes nothing, so no idempotency key is needed. */
export function putAndGet<P extends z.ZodObject, Request extends z.ZodType>(
  piece: Piece<P, Request>,
): Operation[] {
  const { path, tag, noun, params, view, scopes, remove } = piece;
  const named = (given: z.output<P>) => `${noun} ${Object.values(given).join()}`;
  const found = async (given: z.output<P>) => {
    const json = await piece.read(given);
    if (json === undefined) throw notFound(named(given));
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
  if (!remove) return [put, get];
  const del = operation({
    method: 'delete',
    path,
    tag,
    summary: `Remove ${noun}`,
    scope: scopes.write,
    params,
    answers: { 204: { description: 'it is not there any more: removing it again answers the same' } },
    problems: [404],
    async handle({ params: given, cause }) {
      if (!(await remove(given, cause))) throw notFound(named(given));
      return { status: 204 };
    },
  });
  return [put, get, del];
}
