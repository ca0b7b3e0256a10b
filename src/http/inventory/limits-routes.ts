import { cap, capPath, capRequest, rule, rulePath, ruleRequest } from '../../contracts/api/limits';
import { type CapFacts, capRoom } from '../../domain/inventory/limits/sales-cap';
import type { Removal } from '../../domain/removal';
import type { DirectCommands, UnknownItems } from '../../intake/direct-commands';
import type { LimitsSetUp } from '../../stores/inventory/limits-set-up';
import { Problem } from '../framework/problem';
import { type ResourceSpec, resource } from '../framework/resource-routes';

const SCOPES = { read: 'inventory:read', write: 'inventory:write' } as const;

/** Declares sales caps and eligibility rules. Each may be removed at any time: what it has counted stays. */
export function limitsResources(commands: DirectCommands, reads: LimitsSetUp): ResourceSpec[] {
  return [caps(commands, reads), rules(commands, reads)];
}

function caps(commands: DirectCommands, reads: LimitsSetUp): ResourceSpec {
  return resource({
    collection: 'caps',
    tag: 'Limits',
    noun: 'sales cap',
    scopes: SCOPES,
    key: { name: 'id', schema: capPath.shape.id },
    request: capRequest,
    view: cap,
    pageId: 'CapPage',
    putProblems: [422],
    async put(id, wanted, cause) {
      const answer = await commands.setCap({ id, ...wanted }, cause);
      if (answer.kind === 'unknown-items') throw unknownItems(answer, wanted.skus);
    },
    read: (id) => reads.cap(id),
    list: (after, limit) => reads.caps(after, limit),
    show: capView,
    remove: async (id, cause) => removal(await commands.removeCap(id, cause)),
  });
}

function rules(commands: DirectCommands, reads: LimitsSetUp): ResourceSpec {
  return resource({
    collection: 'eligibility-rules',
    tag: 'Limits',
    noun: 'eligibility rule',
    scopes: SCOPES,
    key: { name: 'id', schema: rulePath.shape.id },
    request: ruleRequest,
    view: rule,
    pageId: 'EligibilityRulePage',
    put: (id, wanted, cause) => commands.setRule({ id, ...wanted }, cause),
    read: (id) => reads.rule(id),
    list: (after, limit) => reads.rules(after, limit),
    show: (row) => row,
    remove: async (id, cause) => removal(await commands.removeRule(id, cause)),
  });
}

function removal(existed: boolean): Removal {
  return { kind: existed ? 'done' : 'unknown' };
}

function capView(facts: CapFacts): object {
  return { ...facts.cap, used: facts.usedNow, left: capRoom(facts) };
}

function unknownItems({ skus }: UnknownItems, named: readonly string[]): Problem {
  return new Problem('unknown-reference', {
    detail: `these items do not exist: ${skus.slice(0, 10).join(', ')}`,
    errors: skus.slice(0, 10).map((sku) => ({
      field: `skus[${named.indexOf(sku)}]`,
      message: `item ${sku} does not exist`,
    })),
  });
}
