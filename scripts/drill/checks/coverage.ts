/** The amount of each kind of work in a drill. */
export type Coverage = Readonly<Record<keyof typeof LEAST, number>>;

/** The least amounts; below them the other checks have seen too little to mean anything. */
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

/** Returns a sentence for each kind of work that a drill has done too little of. */
export function thinIn(coverage: Coverage): readonly string[] {
  return (Object.entries(LEAST) as [keyof typeof LEAST, number][])
    .filter(([what, least]) => coverage[what] < least)
    .map(([what, least]) => `there were ${coverage[what]} ${what}: at least ${least} are needed`);
}
