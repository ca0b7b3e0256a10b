import type { CommandRow } from '../../../src/domain/command/recorded-command';
import { recorded, runOf } from './command-runs';
import { type Ground, type Means, openGrounds } from './grounds';
import { atOnce, type Matrix } from './matrix';
import { orderOn } from './orders';
import { endedOrBlocked } from './pair';
import { type Case, caseOf, verdictOn } from './verdict';

/** Two orders of one customer for one item, in two processes. */
export interface Rivalry {
  readonly name: string;
  readonly means: Means;
  readonly quantity: number;
  /** The number of the two orders that can be approved. */
  readonly approved: number;
}

const STEPS = ['holdCredit', 'commitStock', 'decideOrder', 'releaseStock', 'releaseCredit', 'closeCommands'];

/**
 * Plays two orders against each other. One is held in the transaction of each of its steps, between its locks and its
 * commit, while the other goes on from each of its own. Returns a sentence for each pair with a wrong end.
 */
export async function everyRivalry(matrix: Matrix, rivalry: Rivalry): Promise<readonly string[]> {
  const offsets = STEPS.map((_, at) => at);
  const pairs = offsets.flatMap((held) => offsets.map((other) => ({ held, other })));
  const grounds = await openGrounds(matrix.first, `${matrix.nextName()}p`, pairs.length, rivalry.means);
  const rivals = grounds.map((ground): Ground => ({ ...ground, orderId: `${ground.orderId}b` }));
  const rows = await recorded(
    matrix.first,
    grounds.map((ground) => orderOn(ground, rivalry.quantity)),
  );
  const rivalRows = await recorded(
    matrix.second,
    rivals.map((ground) => orderOn(ground, rivalry.quantity)),
  );
  const played = await atOnce(
    pairs.map((pair, at) => ({
      ...pair,
      at,
      sides: [
        [grounds[at], rows[at]],
        [rivals[at], rivalRows[at]],
      ] as [[Ground, CommandRow], [Ground, CommandRow]],
    })),
    ({ held, other, sides }) =>
      playedRivalry(matrix, `${rivalry.name}: held in ${STEPS[held]}, the other at ${STEPS[other]}`, {
        held,
        other,
        sides,
      }),
  );
  const wrong = played.flatMap(([one, another]) => approvalsIn(rivalry, [one, another]));
  return [...wrong, ...(await verdictOn(matrix, played.flat(), { statuses: ['APPROVED', 'REJECTED'] }))];
}

async function playedRivalry(
  { first, second, sql }: Matrix,
  label: string,
  {
    held,
    other,
    sides: [[ground, row], [rivalGround, rivalRow]],
  }: {
    readonly held: number;
    readonly other: number;
    readonly sides: readonly [readonly [Ground, CommandRow], readonly [Ground, CommandRow]];
  },
): Promise<readonly [Case, Case]> {
  const run = runOf(first, ground, row);
  const rival = runOf(second, rivalGround, rivalRow);
  const rivalCase = caseOf(rivalGround, label, async () => {
    await rival.upTo(other);
    await run.upTo(held, 'inside');
    const ending = rival.finish();
    if (run.hold.isUsed) await endedOrBlocked(sql, await run.hold.entered, ending);
    else await ending;
    run.finish().catch(() => undefined);
    return [await ending];
  });
  await rivalCase;
  return [await caseOf(ground, label, async () => [await run.finish()]), await rivalCase];
}

function approvalsIn({ approved }: Rivalry, cases: readonly Case[]): readonly string[] {
  const has = cases.flatMap(({ ends }) => ends).filter(({ decision }) => decision === 'approved').length;
  return has === approved ? [] : [`${cases[0]?.label}: ${has} of the two were approved and not ${approved}`];
}
