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

/** Returns what a drill has done too little of. */
export function thinIn(coverage: Coverage): readonly string[] {
  return (Object.entries(LEAST) as [keyof typeof LEAST, number][])
    .filter(([what, least]) => coverage[what] < least)
    .map(([what, least]) => `there were ${coverage[what]} ${what}: at least ${least} are needed`);
}
