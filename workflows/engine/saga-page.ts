import {
  type SagaPlan,
  STEPS,
  type StepName,
  SURPLUS_STEP,
  stepsAfter,
  type TentativeStep,
} from '../../src/contracts/plans';
import { markdownTable } from './markdown-table';
import { type MemberProgress, shortStateOf, verdictOf } from './member-verdict';

/**
 * Writes the page on a saga for the Web UI, as Markdown: when it was recorded, the verdict, what runs now, and then one
 * row a step, or in a batch one row for each exception. `now` is the current step; null when the run has ended.
 */
export function sagaPage(plan: SagaPlan, members: readonly MemberProgress[], now: StepName | null): string {
  const [only, ...others] = members;
  if (!only) return '';
  const running = now === null ? '' : ` Now: ${STEPS[now].label}.`;
  const recorded = `Recorded ${timeOf(only.recordedAt)}.`;
  if (others.length > 0) return withRoom(batchPage(plan, members, { recorded, running }));
  return withRoom(
    [
      `${recorded} **${verdictOf(plan, only)}**${running}`,
      `${only.line} (command ${only.id})`,
      stepTable(plan, only, now),
    ].join('\n\n'),
  );
}

/** Adds empty paragraphs to a page: the Web UI cuts off the end of a page whose tables wrap. */
export function withRoom(page: string): string {
  return `${page}\n\n\u00a0\n\n\u00a0`;
}

function batchPage(
  plan: SagaPlan,
  members: readonly MemberProgress[],
  { recorded, running }: { readonly recorded: string; readonly running: string },
): string {
  const exceptions = members.filter(isException);
  const usual = members.filter((member) => !isException(member));
  const parts = [`${recorded} **${members.length} commands: ${countsOf(members)}.**${running}`];
  if (exceptions.length > 0) {
    const rows = exceptions.map((member) => [member.line, verdictOf(plan, member)]);
    parts.push(markdownTable(['exception', 'what happened'], rows));
  }
  if (exceptions.length > 0 && usual.length > 0) parts.push(`Others: ${countsOf(usual)}.`);
  parts.push('The details of the workflow list all commands.');
  return parts.join('\n\n');
}

/** Returns true for a command that a reader looks for: refused, failed or detached. */
function isException({ cause, end, failure }: MemberProgress): boolean {
  return cause !== undefined || failure !== undefined || (end !== null && end !== 'closed');
}

function countsOf(members: readonly MemberProgress[]): string {
  const counts = new Map<string, number>();
  for (const member of members) {
    const state = shortStateOf(member);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** Lists the steps of a command with their results; a tentative step also with its compensation. */
function stepTable(plan: SagaPlan, { decision, results }: MemberProgress, now: StepName | null): string {
  const compensations = plan.tries.flatMap(({ compensation }) => compensation ?? []);
  const after = decision === null ? [] : stepsAfter(plan, decision);
  const decided: readonly StepName[] = [...(plan.decide ? [plan.decide] : []), ...after, SURPLUS_STEP];
  const others = decided.filter((step) => !compensations.includes(step));
  const otherwise = plan.tries.some(({ step }) => results.has(step)) ? 'not tried' : 'in an earlier run';
  const told = (step: StepName) => results.get(step) ?? (step === now ? 'running' : undefined);
  const steps: readonly TentativeStep[] = [...plan.tries, ...others.map((step) => ({ step }))];
  const rows = steps.flatMap(({ step, compensation }) => {
    const result = told(step);
    const undone = compensation && told(compensation);
    const isShown = result !== undefined || undone !== undefined;
    return isShown ? [[STEPS[step].label, result ?? otherwise, undone ?? '']] : [];
  });
  return markdownTable(['step', 'result', 'undone'], rows);
}

function timeOf(moment: string): string {
  return moment.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
