import { type CallerView, caller } from '../../contracts/api/caller';
import { type Operation, operation } from '../framework/operation';

/** Declares the route with which a client learns what it may do. The operator's page offers nothing else. */
export function callerRoute(): Operation {
  return operation({
    method: 'get',
    path: '/v1/caller',
    operationId: 'getCaller',
    tag: 'Running',
    summary: 'Read the caller and the scopes of this request',
    scope: 'any-key',
    answers: { 200: { description: 'the caller', schema: caller } },
    async handle({ holder }) {
      const view: CallerView = { caller: holder.caller, scopes: [...holder.scopes] };
      return { status: 200, json: view };
    },
  });
}
