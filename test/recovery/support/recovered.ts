import type { MemberEnd } from '../../../src/contracts/saga';
import type { Stores } from '../../../src/stores/stores';
import { runOf } from './command-runs';
import type { Ground } from './grounds';

const MOST_ROUNDS = 5;

/** Runs the open commands of an order that need no operator, as the relay does, until none is left. */
export async function recovered(stores: Stores, ground: Ground): Promise<readonly (readonly MemberEnd[])[]> {
  const ends: (readonly MemberEnd[])[] = [];
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const rows = await stores.commands.bySubject([ground.orderId]);
    const open = rows.filter(({ isClosed, attention }) => !isClosed && !attention);
    if (open.length === 0) break;
    for (const row of open) ends.push(await runOf(stores, ground, row).finish());
  }
  return ends;
}
