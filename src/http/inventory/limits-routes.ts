import { cap, capPath, capRequest, rule, rulePath, ruleRequest } from '../../contracts/api/limits';
import { type CapFacts, capRoom } from '../../domain/inventory/limits/sales-cap';
import type { DirectCommands, UnknownItems } from '../../intake/direct-commands';
import type { LimitsSetUp } from '../../stores/inventory/limits-set-up';
import type { Operation } from '../framework/operation';
import { Problem } from '../framework/problem';
import { putAndGet } from '../framework/put-and-get';

const SCOPES = { read: 'inventory:read', write: 'inventory:write' } as const;

/** Declares the routes of sales caps and eligibility rules. */
export function limitsRoutes(commands: DirectCommands, reads: LimitsSetUp): Operation[] {
  return [
    ...putAndGet({
      path: '/v1/caps/{id}',
      tag: 'Limits',
      noun: 'a sales cap',
      scopes: SCOPES,
      params: capPath,
      request: capRequest,
      view: cap,
      putProblems: [422],
      async put({ id }, wanted, cause) {
        const answer = await commands.setCap({ id, ...wanted }, cause);
        if (answer.kind === 'unknown-items') throw unknownItems(answer, wanted.skus);
      },
      async read({ id }) {
        const found = await reads.cap(id);
        return found && capView(found);
      },
      remove: ({ id }, cause) => commands.removeCap(id, cause),
    }),
    ...putAndGet({
      path: '/v1/eligibility-rules/{id}',
      tag: 'Limits',
      noun: 'an eligibility rule',
      scopes: SCOPES,
      params: rulePath,
      request: ruleRequest,
      view: rule,
      put: ({ id }, wanted, cause) => commands.setRule({ id, ...wanted }, cause),
      read: ({ id }) => reads.rule(id),
      remove: ({ id }, cause) => commands.removeRule(id, cause),
    }),
  ];
}

function capView(facts: CapFacts): object {
  return { ...facts.cap, used: facts.usedNow, left: capRoom(facts) };
}

function unknownItems({ skus }: UnknownItems, named: readonly string[]): Problem {
  return new Problem('unknown-reference', {
    detail: `no such item: ${skus.slice(0, 10).join(', ')}`,
    errors: skus.slice(0, 10).map((sku) => ({
      field: `skus[${named.indexOf(sku)}]`,
      message: `${sku} does not exist`,
    })),
  });
}
