import type { DrillRandom } from '../drill-random';
import type { Profile } from '../profiles';
import { FAULT_KINDS, type FaultKind } from './fault-plan';
import type { FaultRunner } from './fault-runner';

/** Faults that a drill injects once at most, as they take minutes or delete everything. */
const ONCE: readonly FaultKind[] = ['wipe temporal', 'change password'];
/** Faults that disturb each other when two of them are injected at once. */
const LONELY = /postgres|password|recovery|wipe|temporal$/;
const KILL_PERCENT = 75;

/** Runs the faults of a profile until its list or its bounds are met. */
export async function runFaults(
  runner: FaultRunner,
  profile: Profile,
  random: DrillRandom,
  progress: { readonly orders: () => number; readonly mayForget: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const allowed = FAULT_KINDS.filter((kind) => kind !== 'kill simulator' || progress.mayForget);
  if (profile.list) {
    for (const kind of profile.isInOrder ? profile.list : random.shuffled(profile.list)) {
      if (progress.signal.aborted) return;
      await runner.inject(kind);
    }
    return;
  }
  const { leastKills = 0, leastOrders = 0, besidePercent } = profile;
  const once = random.shuffled(ONCE);
  const isDone = () => runner.kills >= leastKills && progress.orders() >= leastOrders && once.length === 0;
  while (!isDone() && !progress.signal.aborted) {
    const isOnce = once.length > 0 && random.percent(3);
    const kind = (isOnce ? once.pop() : undefined) ?? drawKind(allowed, random);
    await runner.inject(kind, random.percent(besidePercent) ? besideOf(kind, allowed, random) : undefined);
  }
}

function drawKind(allowed: readonly FaultKind[], random: DrillRandom): FaultKind {
  const isKill = random.percent(KILL_PERCENT);
  return random.pick(allowed.filter((kind) => !ONCE.includes(kind) && kind.startsWith('kill') === isKill));
}

function besideOf(
  kind: FaultKind,
  allowed: readonly FaultKind[],
  random: DrillRandom,
): FaultKind | undefined {
  const subject = kind.split(' ').at(-1) ?? '';
  const possible = allowed.filter(
    (one) => !one.endsWith(subject) && !ONCE.includes(one) && !(LONELY.test(one) && LONELY.test(kind)),
  );
  return possible.length === 0 ? undefined : random.pick(possible);
}
