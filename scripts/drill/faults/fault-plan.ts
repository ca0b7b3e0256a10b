import type { DrillRandom } from '../drill-random';
import { BACKENDS, ROLES } from '../processes/drill-servers';

/** The kinds of fault: the rows of the table of recovery times. */
export const FAULT_KINDS = [
  'kill api',
  'kill server',
  'kill worker',
  'kill relay',
  'kill simulator',
  'kill postgres',
  'kill temporal',
  'pause api',
  'pause server',
  'pause worker',
  'pause relay',
  'pause simulator',
  'pause postgres',
  'pause temporal',
  'restart postgres',
  'restart postgres in recovery',
  'restart temporal',
  'wipe temporal',
  'change password',
  'cut postgres',
  'cut temporal',
  'cut simulator',
  'slow postgres',
  'slow temporal',
  'slow simulator',
  'half-open postgres',
  'half-open temporal',
  'half-open simulator',
  'refuse postgres',
  'refuse temporal',
  'refuse simulator',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault to be injected. */
export interface PlannedFault {
  readonly kind: FaultKind;
  /** The time from the fault's beginning until the drill repairs it. */
  readonly lastsMs: number;
  /** The process whose connection the fault breaks. */
  readonly role: (typeof ROLES)[number];
  readonly delayMs: number;
}

/** The durations of faults, in milliseconds. */
export interface FaultPace {
  /** The downtime of a process. */
  readonly down: readonly [least: number, most: number];
  /** The pause of a process: past the timeouts of steps and tasks. */
  readonly pause: readonly [least: number, most: number];
  readonly link: readonly [least: number, most: number];
  readonly password: readonly [least: number, most: number];
}

const MOST_DELAY_MS = 120;
const LEAST_DELAY_MS = 10;

/** Draws the details of a fault. */
export function planFault(kind: FaultKind, pace: FaultPace, random: DrillRandom): PlannedFault {
  const [least, most] = paceOf(kind, pace);
  const roles = kind.endsWith('simulator') ? (['server', 'worker'] as const) : ROLES;
  return {
    kind,
    lastsMs: random.between(least, most),
    role: random.pick(roles),
    delayMs: random.between(LEAST_DELAY_MS, MOST_DELAY_MS),
  };
}

function paceOf(kind: FaultKind, pace: FaultPace): readonly [number, number] {
  if (kind.startsWith('pause')) return pace.pause;
  if (kind === 'change password') return pace.password;
  return isOfLink(kind) ? pace.link : pace.down;
}

/** Returns true when a fault breaks a connection and not a process. */
export function isOfLink(kind: FaultKind): boolean {
  return BACKENDS.some((backend) => /^(cut|slow|half-open|refuse) /.test(kind) && kind.endsWith(backend));
}

/** Returns true when a fault may silence third parties. */
export function silencesParties(kind: FaultKind): boolean {
  return kind.endsWith('simulator');
}

/** Returns the target for the first final order after a fault, in seconds; undefined without a target. */
export function targetSecondsOf(kind: FaultKind): number | undefined {
  if (kind.endsWith('api')) return 2;
  if (/(server|worker|relay|postgres|recovery|password|temporal)$/.test(kind)) return 5;
  return undefined;
}
