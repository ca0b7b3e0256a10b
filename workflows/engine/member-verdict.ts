import { type SagaPlan, STEPS, type StepName } from '../../src/contracts/plans';
import { type MemberEnd, ownIdOf, type SagaMember } from '../../src/contracts/saga';
import { verdictOn } from '../../src/contracts/verdicts';

/** The progress of one command, for the Web UI. */
export interface MemberProgress extends SagaMember {
  readonly decision: string | null;
  /** Null while the run has the command. */
  readonly end: MemberEnd['end'] | null;
  /** The result of each step that the run has taken, in plain words. */
  readonly results: ReadonlyMap<StepName, string>;
  /** The steps that an operator's attention is asked for, and the failure that stopped them. */
  readonly remaining: readonly StepName[];
  readonly failure?: string;
}

/**
 * Returns the outcome of a command in plain words: the state, its cause, the steps that are left, and who or what runs
 * them.
 */
export function verdictOf(plan: SagaPlan, member: MemberProgress): string {
  const { decision, end } = member;
  switch (end) {
    case null:
      return stateOf(member);
    case 'closed':
      return [
        stateOf(member),
        decision === null ? '' : verdictOn(decision).ended,
        'Nothing is left to do here.',
      ]
        .filter((sentence) => sentence !== '')
        .join(' ');
    case 'attention':
      return `NEEDS A PERSON. ${stateOf(member)} ${needOf(member)}`;
    case 'detached':
      return `${stateOf(member)} It goes on alone, in the workflow ${ownIdOf(plan.workflow, member)}.`;
    case 'dropped':
      return `${stateOf(member)} Another workflow has it.`;
  }
}

/** Returns the state of a command in a word or two, or a shorter name for several commands in a count. */
export function shortStateOf({ decision, end }: Pick<MemberProgress, 'decision' | 'end'>): string {
  if (end === 'attention') return 'needs a person';
  if (end === 'detached') return 'goes on alone';
  return decision === null ? 'not decided yet' : verdictOn(decision).state.toLowerCase();
}

/** Returns the request to an operator: what is left, why, and what to do. */
export function needOf({ id, remaining, failure = '' }: Needy): string {
  const left = remaining.map((step) => STEPS[step as StepName]?.label ?? inWords(step));
  return (
    `Left to do: ${left.join(', ')}. It failed with: ${failure}. ` +
    `Mend the cause, then retry or resolve the command at /v1/sagas/${id}.`
  );
}

interface Needy {
  readonly id: string;
  readonly remaining: readonly string[];
  readonly failure?: string;
}

/** Writes the name of a trip's step in words: `cancelHotel` as `Cancel hotel`. */
function inWords(step: string): string {
  const words = step.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function stateOf({ decision, cause }: Pick<MemberProgress, 'decision' | 'cause'>): string {
  if (decision === null) return 'NOT DECIDED YET.';
  const { state } = verdictOn(decision);
  return cause === undefined ? `${state}.` : `${state}: ${cause}.`;
}
