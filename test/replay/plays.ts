import type { BranchName } from './branches';
import { orderPlays } from './order-plays';
import { partnerPlays } from './partner-plays';
import type { Play } from './play';
import { tripPlays } from './trip-plays';

/** How each branch is taken. */
export const PLAYS: Readonly<Record<BranchName, Play>> = { ...orderPlays, ...partnerPlays, ...tripPlays };
