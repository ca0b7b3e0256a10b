import fc from 'fast-check';
import { type PlannedStep, type SagaSteps, stepsIn } from '../../src/domain/saga-steps';

interface Story {
  readonly plan: readonly PlannedStep[];
  /** The step that goes wrong: refused, or nobody knows. */
  readonly fails: { readonly at: number; readonly how: 'refused' | 'fault' } | null;
}

const story: fc.Arbitrary<Story> = fc
  .tuple(fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }), fc.nat(8), fc.nat(8), fc.boolean())
  .map(([hasUndo, pivot, at, isRefused]) => ({
    plan: hasUndo.map((has, index) => ({
      name: `step${index}`,
      ...(has && index < pivot ? { undo: `undo${index}` } : {}),
      ...(index === pivot ? { isPivot: true } : {}),
    })),
    fails: at <= Math.min(pivot, hasUndo.length - 1) ? { at, how: isRefused ? 'refused' : 'fault' } : null,
  }));

/** Goes through a saga as workflows do, and says after each answer what is stored and how far it is. */
function* played({ plan, fails }: Story): Generator<{ verdicts: Record<string, string>; is: SagaSteps }> {
  const verdicts: Record<string, string> = {};
  const done: string[] = [];
  const undone: string[] = [];
  const undos: string[] = [];
  for (const [at, { name, undo }] of plan.entries()) {
    const remaining = plan.slice(at).map((step) => step.name);
    yield { verdicts, is: { done, remaining, undone } };
    if (fails?.at === at) {
      if (fails.how === 'refused') verdicts[name] = 'refused';
      else if (undo) undos.unshift(undo);
      // Of a step that nobody knows the end of nothing is stored before its first undo.
      if (fails.how === 'refused') yield { verdicts, is: { done, remaining: undos, undone } };
      while (undos.length > 0) {
        const next = undos.shift() as string;
        verdicts[next] = 'done';
        undone.push(next);
        yield { verdicts, is: { done, remaining: undos, undone } };
      }
      return;
    }
    verdicts[name] = 'done';
    done.push(name);
    if (undo) undos.unshift(undo);
  }
  yield { verdicts, is: { done, remaining: [], undone } };
}

test('how far a saga is follows from its answers alone, wherever it has got to', () => {
  fc.assert(
    fc.property(story, (told) => {
      for (const { verdicts, is } of played(told)) expect(stepsIn(told.plan, verdicts)).toEqual(is);
    }),
    { numRuns: 500 },
  );
});

test('a step that was left behind by one that is done remains', () => {
  const plan = [{ name: 'a', isPivot: true }, { name: 'b' }, { name: 'c' }];
  expect(stepsIn(plan, { a: 'done', c: 'done' })).toEqual({ done: ['a', 'c'], remaining: ['b'], undone: [] });
  expect(stepsIn(plan, { a: 'done', b: 'refused' })).toEqual({
    done: ['a'],
    remaining: ['b', 'c'],
    undone: [],
  });
});

test('undos that were run for more than was done, as when a dead saga is reclaimed, are all told', () => {
  const plan = [
    { name: 'a', undo: 'un-a' },
    { name: 'b', undo: 'un-b' },
    { name: 'c', undo: 'un-c' },
  ];
  const is = stepsIn(plan, { a: 'done', 'un-a': 'done', 'un-c': 'done' });
  expect(is).toEqual({ done: ['a'], remaining: ['un-b'], undone: ['un-c', 'un-a'] });
});
