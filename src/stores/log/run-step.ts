import type { StorePool } from '../postgres/store-pool';
import type { StepSession } from '../postgres/store-session';
import type { StepAnswers } from './step-answers';

/** A transaction of a step that has locked and loaded what its commands touch. */
export interface OpenStep<C, Answer> {
  /** The answers that earlier attempts stored, by command id. */
  readonly stored: Readonly<Record<string, object>>;
  /** Decides a command on the state that the commands before it left, and appends its events to that state. */
  decide(command: C): { readonly answer: Answer; readonly isForNow?: boolean };
  /** Queues the statements that save the events, the state and these answers. */
  save(fresh: ReadonlyMap<string, Answer>): void;
}

interface Store {
  readonly pool: StorePool;
  readonly answers: StepAnswers;
}

/**
 * Runs one step for a batch of commands in one transaction: lock and load, decide each command, save. Every step of every
 * store runs like this.
 * @param step the name under which the answers are stored; undefined: they are not stored
 * @returns the answers in the order of the commands; a repeated command gets its stored answer (a retryable answer is not
 * stored)
 */
export async function runStep<C extends { readonly commandId: string }, Answer extends object>(
  { pool, answers: stepAnswers }: Store,
  step: string | undefined,
  commands: readonly C[],
  open: (session: StepSession) => Promise<OpenStep<C, Answer>>,
): Promise<Answer[]> {
  const { answers, fresh } = await pool.step(async (session) => {
    const opened = await open(session);
    const answered = answerEach(commands, opened);
    opened.save(answered.fresh);
    return answered;
  });
  if (step !== undefined) stepAnswers.remember(step, fresh);
  return answers;
}

/**
 * Answers commands in their order. A command with a stored answer gets that answer again; the others are decided.
 * @returns the answers, and the fresh answers to store. A retryable answer (`isForNow`) is not stored.
 */
function answerEach<C extends { readonly commandId: string }, Answer extends object>(
  commands: readonly C[],
  opened: OpenStep<C, Answer>,
): { readonly answers: Answer[]; readonly fresh: ReadonlyMap<string, Answer> } {
  const fresh = new Map<string, Answer>();
  const answers = commands.map((command) => {
    const { commandId } = command;
    const known = (opened.stored[commandId] as Answer | undefined) ?? fresh.get(commandId);
    if (known) return known;
    const { answer, isForNow } = opened.decide(command);
    if (!isForNow) fresh.set(commandId, answer);
    return answer;
  });
  return { answers, fresh };
}
