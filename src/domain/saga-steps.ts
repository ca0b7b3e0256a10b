/** How far a saga is, by the names of its steps and of their undos. */
export interface SagaSteps {
  readonly done: readonly string[];
  /** Steps to be taken; of a saga that goes back, undos to be run. */
  readonly remaining: readonly string[];
  readonly undone: readonly string[];
}

/** A step in its place among those of its saga. */
export interface PlannedStep {
  readonly name: string;
  readonly undo?: string;
  /** Once it is done the saga only goes forward. */
  readonly isPivot?: boolean;
}

/** How steps and undos were answered, by their names. */
export type StepVerdicts = Readonly<Record<string, string>>;

/**
 * How far a saga is, told from nothing but what its steps and undos have answered. It goes back once a step before the
 * pivot was refused or an undo was run (or where somebody knows that it does): then what is done is undone, and so is
 * the step that nobody knows the end of.
 */
export function stepsIn(
  plan: readonly PlannedStep[],
  verdicts: StepVerdicts,
  isKnownToGoBack = false,
): SagaSteps {
  const isDone = ({ name }: PlannedStep) => verdicts[name] === 'done';
  const undos = plan.flatMap(({ undo }) => undo ?? []).reverse();
  const undone = undos.filter((name) => verdicts[name] === 'done');
  const isRefused = plan.some(({ name }) => verdicts[name] === 'refused');
  const goesBack =
    isKnownToGoBack || undone.length > 0 || (isRefused && !plan.some((step) => step.isPivot && isDone(step)));
  const left = goesBack ? undosDue(plan, verdicts) : plan.filter((step) => !isDone(step)).map(nameOf);
  return {
    done: plan.filter(isDone).map(nameOf),
    remaining: left.filter((name) => verdicts[name] !== 'done'),
    undone,
  };
}

function undosDue(plan: readonly PlannedStep[], verdicts: StepVerdicts): readonly string[] {
  const failed = plan.find(({ name }) => verdicts[name] !== 'done');
  return plan
    .filter((step) => verdicts[step.name] === 'done' || (step === failed && !verdicts[step.name]))
    .flatMap(({ undo }) => undo ?? [])
    .reverse();
}

function nameOf({ name }: PlannedStep): string {
  return name;
}
