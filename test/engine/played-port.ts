import type { SagaPlan, StepName } from '../../src/contracts/plans';
import type { Proposal, SagaMember, StepMember, StepWord, StepWords } from '../../src/contracts/saga';
import type { Attention } from '../../src/domain/command/recorded-command';
import { PlanRun } from '../../workflows/engine/plan-run';
import type { SagaPort, StepFault } from '../../workflows/engine/saga-port';

/** An error that a step meets for one member, alone or in a batch. */
export class PlayedFault extends Error {
  constructor(
    message: string,
    readonly isProvable: boolean,
  ) {
    super(message);
  }
}

/** The answer of a step for one member. @throws PlayedFault */
export type Say = (id: string, proposal: Proposal | undefined) => StepWord;

export interface Script {
  /** The answers of steps; an omitted step is done, and a decision follows the proposal. */
  readonly says?: Partial<Record<StepName, Say>>;
  readonly confirm?: Say;
  readonly cancelSurplus?: (id: string, decision: string) => void;
  /** Commands whose rows name another workflow. */
  readonly foreign?: readonly string[];
}

export const member = (id: string, decision: string | null = null): SagaMember => ({
  id,
  subject: `subject of ${id}`,
  decision,
  line: id,
  recordedAt: '2026-11-30T12:00:00.000Z',
});

/** A saga's port whose steps answer as a test says, and that notes every call. */
export class PlayedPort implements SagaPort {
  readonly workflowId = 'batch/1';
  readonly calls: string[] = [];
  readonly attention = new Map<string, Attention>();
  readonly detached: SagaMember[] = [];
  /** The last page that was shown. */
  shown = '';

  constructor(
    private readonly plan: SagaPlan,
    private readonly script: Script = {},
  ) {}

  async step(step: StepName, members: readonly StepMember[]): Promise<StepWords> {
    const ids = members.map(({ id }) => id);
    this.calls.push(`${step} ${ids.join(' ')}`);
    const say = this.script.says?.[step] ?? this.#usual(step);
    return Object.fromEntries(
      members.map(({ id, proposal }) => {
        // Only a decision gets proposals.
        expect(proposal !== undefined).toBe(step === this.plan.decide);
        return [id, say(id, proposal)];
      }),
    );
  }

  faultOf(error: unknown): StepFault | undefined {
    if (!(error instanceof PlayedFault)) return undefined;
    return { message: error.message, isProvable: error.isProvable };
  }

  async confirmAtPartners({ id }: SagaMember): Promise<StepWord> {
    this.calls.push(`confirmAtPartners ${id}`);
    return this.script.confirm?.(id, undefined) ?? { kind: 'done' };
  }

  async cancelAtPartners({ id }: SagaMember, decision: string): Promise<void> {
    this.calls.push(`cancelAtPartners ${id}`);
    this.script.cancelSurplus?.(id, decision);
  }

  async detach(members: readonly SagaMember[]): Promise<readonly string[]> {
    const own = members.filter(({ id }) => this.#isOurs(id));
    this.calls.push(`detach ${members.map(({ id }) => id).join(' ')}`);
    this.detached.push(...own);
    return own.map(({ id }) => id);
  }

  async requireAttention(id: string, attention: Attention): Promise<boolean> {
    this.calls.push(`attention ${id}`);
    if (this.#isOurs(id)) this.attention.set(id, attention);
    return this.#isOurs(id);
  }

  async close(ids: readonly string[]): Promise<void> {
    this.calls.push(`close ${ids.join(' ')}`);
  }

  show(page: string): void {
    this.shown = page;
  }

  #isOurs(id: string): boolean {
    return !this.script.foreign?.includes(id);
  }

  /** Returns the default answer: done; a decision follows the proposal, with the first matching kind of the plan. */
  #usual(step: StepName): Say {
    if (step !== this.plan.decide) return () => ({ kind: 'done' });
    const [forward = '', ...others] = Object.keys(this.plan.complete);
    return (_id, proposal) =>
      proposal?.kind === 'refuse'
        ? { kind: 'decided', decision: others.at(-1) ?? '', reason: proposal.reason, note: 'nothing is left' }
        : { kind: 'decided', decision: forward };
  }
}

/** Runs a plan over a port. Returns the ends in short form, and the calls. */
export async function ran(
  plan: SagaPlan,
  members: readonly SagaMember[],
  script: Script = {},
): Promise<{ readonly ends: readonly string[]; readonly port: PlayedPort; readonly run: PlanRun }> {
  const port = new PlayedPort(plan, script);
  const run = new PlanRun(plan, members, port);
  const ends = (await run.run()).map(({ id, decision, end }) => `${id} ${decision ?? 'undecided'} ${end}`);
  return { ends, port, run };
}

/** Returns an answer that is an error for one member and done for others. */
export function poison(id: string, { isProvable = false, message = `${id} is poison` } = {}): Say {
  return (each) => {
    if (each === id) throw new PlayedFault(message, isProvable);
    return { kind: 'done' };
  };
}

export const refusing =
  (...ids: readonly string[]): Say =>
  (id) =>
    ids.includes(id) ? { kind: 'refused', reason: 'OUT_OF_STOCK' } : { kind: 'done' };
