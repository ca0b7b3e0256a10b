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
 * Commands whose runs need an operator. Of those that are decided our own stores have nothing left to do: nobody does here
 * by hand what an operator would.
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
