import type { Decisions } from '../domain/command/recorded-command';
import type { PlannedKind } from './plans';

/** The decisions of the commands that have a plan. */
type PlannedDecision = Decisions[PlannedKind]['kind'];

/** A decision in plain words, for the Temporal Web UI. */
export interface Verdict {
  /** The outcome in a word or two, in capitals. */
  readonly state: string;
  /** The situation after the saga, and the workflow that continues the command, if there is one. */
  readonly ended: string;
}

const VERDICTS: Readonly<Record<PlannedDecision, Verdict>> = {
  approved: {
    state: 'APPROVED',
    ended: 'The stock is committed and the credit is held. The reports of the nodes carry the order on.',
  },
  backordered: {
    state: 'BACKORDERED',
    ended: 'The credit is held, and some units wait for stock. Supply carries the order on.',
  },
  rejected: { state: 'REJECTED', ended: 'Nothing is held.' },
  cancelled: {
    state: 'CANCELLED',
    ended: 'All units that had not shipped are released, with their credit.',
  },
  'rejected-order': {
    state: 'CANCELLED',
    ended: 'The order was not decided yet. The saga that creates it releases what it holds.',
  },
  applied: { state: 'REVISED', ended: 'The order has the new content.' },
  'turned-back': { state: 'NOT REVISED', ended: 'The order is as it was before.' },
  'given-back': {
    state: 'UNITS GIVEN BACK',
    ended: 'The units are at other nodes, wait for stock or are cancelled: see the order.',
  },
  shipped: { state: 'SHIPPED', ended: 'The units have left the stock and their price is captured.' },
  returned: { state: 'RETURNED', ended: 'The units are at the node and their price is refunded.' },
  'decided-against': {
    state: 'RESOLVED',
    ended: 'The command was not decided: it is decided against, and its compensations run in its own saga.',
  },
  'left-alone': {
    state: 'NOT RESOLVED',
    ended: 'The command no longer needs attention. Its own saga carries it on.',
  },
  'by-hand': {
    state: 'RESOLVED',
    ended: 'The remaining steps are marked as done by hand, and the command is closed.',
  },
};

/**
 * Returns a decision in plain words.
 * @throws Error when no plan knows the decision
 */
export function verdictOn(decision: string): Verdict {
  const verdict = VERDICTS[decision as PlannedDecision];
  if (!verdict) throw new Error(`no plan knows the decision ${decision}`);
  return verdict;
}
