import type { FaultKind, FaultPace } from './faults/fault-plan';

/** The duration and severity of a drill. */
export interface Profile {
  readonly shoppers: number;
  readonly pace: FaultPace;
  /**
   * Faults that come once each, in an order drawn from the seed; undefined: faults are drawn until both bounds are met.
   */
  readonly list?: readonly FaultKind[];
  readonly isInOrder?: boolean;
  readonly leastKills?: number;
  readonly leastOrders?: number;
  /** The factor on targets of time: tests share their machine with other processes. */
  readonly patience: number;
  /** The share of faults, in per cent, during which a second fault begins. */
  readonly besidePercent: number;
}

const BRISK: FaultPace = {
  down: [300, 1_200],
  pause: [4_000, 6_500],
  link: [1_500, 4_000],
  password: [3_000, 5_000],
};

export const PROFILES = {
  /** A minute of faults, for the tests. */
  short: {
    shoppers: 6,
    pace: { ...BRISK, pause: [3_000, 4_000], link: [2_000, 3_000], password: [2_000, 3_000] },
    list: [
      'kill server',
      'half-open postgres',
      'kill postgres',
      'kill worker',
      'change password',
      'kill temporal',
      'pause server',
    ],
    isInOrder: true,
    patience: 3,
    besidePercent: 0,
  },
  /** Two minutes in all. */
  ci: {
    shoppers: 8,
    pace: BRISK,
    list: [
      'kill api',
      'kill server',
      'kill worker',
      'kill relay',
      'kill postgres',
      'kill temporal',
      'pause worker',
      'pause simulator',
      'restart postgres in recovery',
      'wipe temporal',
      'change password',
      'half-open postgres',
      'half-open temporal',
      'slow postgres',
      'cut temporal',
      'refuse simulator',
    ],
    patience: 1,
    besidePercent: 0,
  },
  /** Started by hand: nothing may be lost in 200 kills and 10,000 orders. */
  full: {
    shoppers: 12,
    pace: { down: [200, 4_000], pause: [3_000, 15_000], link: [1_000, 10_000], password: [60_000, 60_000] },
    leastKills: 200,
    leastOrders: 10_000,
    patience: 1,
    besidePercent: 25,
  },
} as const satisfies Readonly<Record<string, Profile>>;

export type ProfileName = keyof typeof PROFILES;
