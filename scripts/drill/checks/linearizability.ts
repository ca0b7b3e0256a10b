/** One call on the stock of one item: a reserve or a release of units. */
export interface StockCall {
  readonly id: number;
  readonly kind: 'reserve' | 'release';
  readonly quantity: number;
  readonly calledAt: number;
  /** Undefined when the outcome is unknown: the call may take effect at any time after `calledAt`, or never. */
  readonly returnedAt?: number | undefined;
  readonly outcome?: 'granted' | 'refused' | undefined;
  /** The units left, as a refusal states them. */
  readonly available?: number | undefined;
}

/** The first call that no order of effects explains. */
export interface NotLinearizable {
  readonly call: StockCall;
  /** The numbers of units that could be left when the call returned. */
  readonly possible: readonly number[];
}

/** A possible state: the units left, and the open calls that have already taken effect. */
interface Standing {
  readonly left: number;
  readonly effective: readonly number[];
}

type Moment = { readonly at: number; readonly call: StockCall; readonly isReturn: boolean };

/**
 * Looks for an order of effects, each between its call and its return, that explains every answer. Follows all possible
 * states at once and merges equal ones: a state is one small number.
 * @returns undefined when such an order exists
 */
export function findNotLinearizable(
  supply: number,
  calls: readonly StockCall[],
): NotLinearizable | undefined {
  const open = new Map<number, StockCall>();
  let standings: readonly Standing[] = [{ left: supply, effective: [] }];
  for (const { call, isReturn } of momentsOf(calls)) {
    if (!isReturn) {
      open.set(call.id, call);
      continue;
    }
    const next = withEffectOf(call, standings, [...open.values()]);
    open.delete(call.id);
    if (next.length === 0) {
      const possible = [...new Set(standings.map(({ left }) => left))].sort((a, b) => a - b);
      return { call, possible };
    }
    standings = next;
  }
  return undefined;
}

/** Describes a violation and the calls on the item just before it. */
export function describeNotLinearizable(
  { call, possible }: NotLinearizable,
  calls: readonly StockCall[],
): string {
  const before = calls
    .filter(({ returnedAt }) => returnedAt !== undefined && returnedAt <= (call.returnedAt ?? 0))
    .sort((a, b) => (a.returnedAt ?? 0) - (b.returnedAt ?? 0))
    .slice(-8)
    .map(lineOf);
  return `${lineOf(call)} cannot be explained; left was ${possible.join(' or ')}. Before: ${before.join('; ')}`;
}

function lineOf({ kind, quantity, outcome, available, calledAt, returnedAt }: StockCall): string {
  const said = available === undefined ? '' : ` with ${available} left`;
  const span = `${Math.round(calledAt)}-${returnedAt === undefined ? '' : Math.round(returnedAt)}`;
  return `${kind} ${quantity} ${outcome ?? 'unanswered'}${said} [${span}]`;
}

/**
 * Sorts calls and returns by time. At one moment calls come before returns, so that calls which touch count as
 * concurrent.
 */
function momentsOf(calls: readonly StockCall[]): readonly Moment[] {
  const moments = calls.flatMap((call): Moment[] => [
    { at: call.calledAt, call, isReturn: false },
    ...(call.returnedAt === undefined ? [] : [{ at: call.returnedAt, call, isReturn: true }]),
  ]);
  return moments.sort((a, b) => a.at - b.at || Number(a.isReturn) - Number(b.isReturn));
}

/** Returns every state in which a call has taken effect, after any open calls that may precede it. */
function withEffectOf(
  call: StockCall,
  standings: readonly Standing[],
  open: readonly StockCall[],
): readonly Standing[] {
  const reached = new Map<string, Standing>();
  const seen = new Set<string>();
  const left = [...standings];
  for (let standing = left.pop(); standing !== undefined; standing = left.pop()) {
    if (isSeen(seen, standing)) continue;
    if (standing.effective.includes(call.id)) {
      const closed = {
        left: standing.left,
        effective: standing.effective.filter((id) => id !== call.id),
      };
      reached.set(keyOf(closed), closed);
      continue;
    }
    for (const one of open) {
      const after = standing.effective.includes(one.id) ? undefined : effectOf(one, standing.left);
      if (after !== undefined)
        left.push({ left: after, effective: [...standing.effective, one.id].sort((a, b) => a - b) });
    }
  }
  return [...reached.values()];
}

function isSeen(seen: Set<string>, standing: Standing): boolean {
  const key = keyOf(standing);
  if (seen.has(key)) return true;
  seen.add(key);
  return false;
}

function keyOf({ left, effective }: Standing): string {
  return `${left} ${effective.join()}`;
}

/** Returns the units left after a call's effect; undefined when the call cannot have this answer now. */
function effectOf({ kind, quantity, outcome, available }: StockCall, left: number): number | undefined {
  if (kind === 'release') return left + quantity;
  if (outcome === 'refused') {
    const isAsSaid = available === undefined || available === left;
    return left < quantity && isAsSaid ? left : undefined;
  }
  return left >= quantity ? left - quantity : undefined;
}
