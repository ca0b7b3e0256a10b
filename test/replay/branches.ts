import type { Branch } from './branch';
import { changeBranches } from './change-branches';
import { orderBranches } from './order-branches';
import { partnerBranches } from './partner-branches';
import { tripBranches } from './trip-branches';

/**
 * Every branch of the workflows' code, by name: recorded histories are checked against this list. A change that adds a
 * branch to a workflow adds it here, with the way to it, and records its history.
 */
export const BRANCHES: Readonly<Record<string, Branch>> = {
  ...orderBranches,
  ...changeBranches,
  ...partnerBranches,
  ...tripBranches,
};
