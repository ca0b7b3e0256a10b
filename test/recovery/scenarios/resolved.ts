import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { recorded, runOf } from '../support/command-runs';
import { recovered } from '../support/recovered';
import { resolutionOn } from '../support/resolutions';
import type { Scenario } from '../support/scenario';
import { CANCELS } from './cancel';
import { CREATES } from './create';
import { REJECTIONS } from './reject';
import { REVISIONS } from './revise';
import { SHIPMENTS } from './ship';

function stuck(
  scenarios: readonly Scenario[],
  name: string,
  at: string,
  { decisions, statuses }: Pick<Scenario, 'decisions' | 'statuses'>,
): Scenario {
  const found = scenarios.find((one) => one.name === name);
  if (!found) throw new Error(`no scenario is called ${name}`);
  return {
    ...found,
    name: `${name}, stuck at ${at}`,
    fault: { at, isProvable: false },
    decisions: [...decisions, 'by-hand', 'decided-against', 'left-alone'],
    statuses,
  };
}

const CREATED = { decisions: ['approved', 'rejected'], statuses: ['APPROVED', 'REJECTED'] };
const REFUSED = { decisions: ['rejected'], statuses: ['REJECTED'] };
const REVISED = { decisions: ['applied', 'turned-back'], statuses: ['APPROVED'] };

/**
 * Commands whose runs need an operator. The decided commands have no step left on our own stores, because these tests
 * do not do an operator's work by hand.
 */
export const RESOLVED: readonly Scenario[] = [
  stuck(CREATES, 'approved', 'commitStock', CREATED),
  stuck(CREATES, 'approved', 'decideOrder', CREATED),
  stuck(CREATES, 'refused by stock', 'commitStock', REFUSED),
  stuck(REVISIONS, 'to more', 'extendStock', REVISED),
  stuck(REVISIONS, 'to more', 'decideRevision', REVISED),
  stuck(REVISIONS, 'turned back by stock', 'extendStock', REVISED),
  stuck(REVISIONS, 'to less', 'freeRevised', REVISED),
  stuck(CANCELS, 'of an approved order', 'freeCancelled', {
    decisions: ['cancelled'],
    statuses: ['CANCELLED'],
  }),
  stuck(REJECTIONS, 'whose units are found elsewhere', 'settleRejection', {
    decisions: ['given-back'],
    statuses: ['APPROVED'],
  }),
  stuck(REJECTIONS, 'whose units are cancelled', 'freeRejected', {
    decisions: ['given-back'],
    statuses: ['APPROVED'],
  }),
  stuck(SHIPMENTS, 'of a whole order', 'noteCaptured', { decisions: ['shipped'], statuses: ['SHIPPED'] }),
];

function resolving(target: Scenario, decision: string): Scenario<'resolve'> {
  const { name, means, statuses, fault } = target;
  return {
    name: `of a command ${name}`,
    kind: 'resolve',
    means,
    statuses,
    decisions: [decision],
    async prepare(stores, grounds) {
      const rows = await recorded(stores, await target.prepare(stores, grounds));
      const stuck = grounds.map((ground, at) => ({ ground, row: rows[at] as CommandRow }));
      await Promise.all(stuck.map(({ ground, row }) => runOf(stores, ground, row, { fault }).finish()));
      return stuck.map(({ ground, row }) => resolutionOn(ground, row));
    },
    afterwards: async (stores, ground) => {
      await recovered(stores, ground);
    },
  };
}

function stuckAt(at: string, scenario: string): Scenario {
  const found = RESOLVED.find(({ name }) => name === `${scenario}, stuck at ${at}`);
  if (!found) throw new Error(`no scenario is called ${scenario}, stuck at ${at}`);
  return found;
}

export const RESOLUTIONS: readonly Scenario<'resolve'>[] = [
  resolving(stuckAt('commitStock', 'approved'), 'decided-against'),
  resolving(stuckAt('decideRevision', 'to more'), 'decided-against'),
  resolving(stuckAt('freeRevised', 'to less'), 'by-hand'),
  resolving(stuckAt('settleRejection', 'whose units are found elsewhere'), 'by-hand'),
  resolving(stuckAt('noteCaptured', 'of a whole order'), 'by-hand'),
];
