import { type CallerView, caller } from '../../contracts/api/caller';
import { type Operation, operation } from '../framework/operation';

/** Declares the route with which a client learns what its key may do. The operator's page offers nothing else. */
export function callerRoute(): Operation {
  return operation({
    method: 'get',
    path: '/v1/caller',
    operationId: 'getCaller',
    tag: 'Running',
    summary: 'Read the owner and the scopes of the API key of this request',
    scope: 'any-key',
    answers: { 200: { description: 'the owner of the key', schema: caller } },
    async handle({ holder }) {
      const view: CallerView = { caller: holder.caller, scopes: [...holder.scopes] };
      return { status: 200, json: view };
    },
  });
}
