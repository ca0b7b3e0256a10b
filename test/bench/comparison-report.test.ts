import type { BenchRow } from '../../scripts/bench/bench-report';
import { median, mediansOf, ratiosOf } from '../../scripts/bench/comparison/comparison-report';
import { DBOS, EMPTY_WORKFLOW, HOLDFAST } from '../../scripts/bench/comparison/rounds';

function row(what: string, inFlight: number, perSecond: number, figures: Partial<BenchRow> = {}): BenchRow {
  const costs = { driver: 9, server: 1, temporal: 2, postgres: 3 };
  return { what, inFlight, count: 10, perSecond, p50Ms: 0, p99Ms: 0, answers: {}, costs, ...figures };
}

describe('the comparison with peers', () => {
  it('takes the middle round, or the mean of the two in the middle', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 2, 100, 1])).toBe(3);
  });

  it('takes medians of each engine at each number of callers', () => {
    const rows = [row(HOLDFAST, 1, 10), row(HOLDFAST, 50, 70), row(DBOS, 1, 20), row(HOLDFAST, 1, 30)];
    const medians = mediansOf(rows).map(({ what, inFlight, rounds, perSecond }) => [
      what,
      inFlight,
      rounds,
      perSecond,
    ]);
    expect(medians).toEqual([
      [HOLDFAST, 1, 2, 20],
      [HOLDFAST, 50, 1, 70],
      [DBOS, 1, 1, 20],
    ]);
  });

  it('counts the CPU of every process but the callers', () => {
    expect(mediansOf([row(HOLDFAST, 1, 10)])[0]?.cpuMs).toBe(6);
  });

  it('counts refusals in either spelling, and every other answer as a failure', () => {
    const [overHttp] = mediansOf([row(HOLDFAST, 1, 10, { answers: { APPROVED: 7, REJECTED: 2, '503': 1 } })]);
    expect(overHttp).toMatchObject({ rejectedShare: 0.2, failures: 1 });
    const [yardstick] = mediansOf([row(EMPTY_WORKFLOW, 1, 10, { answers: { approved: 9, rejected: 1 } })]);
    expect(yardstick).toMatchObject({ rejectedShare: 0.1, failures: 0 });
  });

  it('divides the medians that belong together', () => {
    const rows = [
      row(HOLDFAST, 1, 0, { p50Ms: 60 }),
      row(EMPTY_WORKFLOW, 1, 0, { p50Ms: 20 }),
      row(HOLDFAST, 50, 300),
      row(DBOS, 50, 200),
    ];
    const ratios = ratiosOf(mediansOf(rows));
    expect(ratios['alone, p50: Holdfast / an empty eager workflow']).toBe(3);
    expect(ratios['50 in flight, orders/s: Holdfast / DBOS']).toBe(1.5);
    expect(ratios['500 in flight, orders/s: Holdfast / DBOS']).toBeNaN();
  });
});
