import type { Branch } from './branch';
import { changeBranches } from './change-branches';
import { orderBranches } from './order-branches';
import { partnerBranches } from './partner-branches';
import { tripBranches } from './trip-branches';

/**
 * Every way that a workflow's code can take, by name: the list that recorded histories are held against. Whoever adds a
 * way to a workflow adds it here with how to get there, and records.
 */
export const BRANCHES: Readonly<Record<string, Branch>> = {
  ...orderBranches,
  ...changeBranches,
  ...partnerBranches,
  ...tripBranches,
};
