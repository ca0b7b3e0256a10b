import type { DrillFindings } from '../findings';

/** How much of each kind a drill has done. */
export type Coverage = Readonly<Record<keyof typeof LEAST, number>>;

/** Less than this and the other checks have seen too little to mean anything. */
const LEAST = {
  orders: 30,
  rejections: 1,
  'commands on orders': 5,
  trips: 1,
  'calls on the hot item': 20,
  'rows of feeds': 20,
  'audits of the books': 2,
  events: 200,
} as const;

/** Finds what a drill did too little of, so that no check passes for want of anything to check. */
export function judgeCoverage(coverage: Coverage, findings: DrillFindings): void {
  for (const [what, least] of Object.entries(LEAST) as [keyof typeof LEAST, number][])
    if (coverage[what] < least)
      findings.add('coverage', `there were ${coverage[what]} ${what}: at least ${least} are needed`);
}
