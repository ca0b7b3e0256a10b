import { StepHealth } from '../../activities/step-health';

const STEP = 'commitStock';
const LASTING = 10_000;

describe('a failure that lasts', () => {
  test('is shown to operators once, after ten seconds', () => {
    const health = new StepHealth();
    expect(health.failed(STEP, ['a', 'b'], 0)).toBe(false);
    expect(health.failed(STEP, ['a', 'b'], LASTING)).toBe(true);
    expect(health.failed(STEP, ['a', 'b'], LASTING + 1)).toBe(true);
    health.shown(STEP, ['a', 'b']);
    expect(health.failed(STEP, ['a', 'b'], LASTING + 2)).toBe(false);
  });

  test('is cleared by a success after it was shown', () => {
    const health = new StepHealth();
    health.failed(STEP, ['a'], 0);
    expect(health.succeeded(STEP, ['a'], 1)).toBe(false);
    health.failed(STEP, ['a'], 2);
    health.shown(STEP, ['a']);
    expect(health.succeeded(STEP, ['a'], 3)).toBe(true);
    expect(health.succeeded(STEP, ['a'], 4)).toBe(false);
  });
});

describe('the tries of a command alone', () => {
  test('end with the third fault, and begin again', () => {
    const health = new StepHealth();
    const fault = () => {
      health.failed(STEP, ['a'], 0);
      return health.isOutOfTries(STEP, 'a');
    };
    expect([fault(), fault(), fault(), fault()]).toEqual([false, false, true, false]);
  });

  test('are not used up by an outage', () => {
    const health = new StepHealth();
    for (let outage = 0; outage < 5; outage++) health.failed(STEP, ['a'], outage);
    expect(health.isOutOfTries(STEP, 'a')).toBe(false);
  });
});

test('only a success of another command after the first failure proves a data fault', () => {
  const health = new StepHealth();
  health.succeeded(STEP, ['b'], 0);
  health.failed(STEP, ['a'], 1);
  expect(health.othersSucceededSince(STEP, 'a')).toBe(false);
  health.succeeded('holdCredit', ['b'], 2);
  expect(health.othersSucceededSince(STEP, 'a')).toBe(false);
  health.succeeded(STEP, ['b'], 3);
  expect(health.othersSucceededSince(STEP, 'a')).toBe(true);
});
