import { type SagaPlan, type StepName, SURPLUS_STEP, stepsAfter } from '../../src/contracts/plans';
import type { MemberEnd, Proposal, SagaMember, StepMember, StepWord } from '../../src/contracts/saga';
import { verdictOn } from '../../src/contracts/verdicts';
import type { RefusalReason } from '../../src/domain/refusal';
import { type MemberProgress, verdictOf } from './member-verdict';
import { sagaPage } from './saga-page';
import { faultIn, type SagaPort, type StepFault } from './saga-port';
import { inHalvesOnFault, type StepResult } from './splitting';

/** One command of a run, with its progress. */
interface Member extends MemberProgress {
  proposal: Proposal;
  decision: string | null;
  reason?: RefusalReason;
  cause?: string;
  hasPartners: boolean;
  hasSurplus: boolean;
  end: MemberEnd['end'] | null;
  readonly results: Map<StepName, string>;
  /** The steps after the decision: those that succeeded, and those that failed permanently. */
  readonly done: StepName[];
  readonly failed: StepName[];
  remaining: readonly StepName[];
  failure?: string;
}

/** A command that needs an operator, with its remaining steps. */
export interface NeededAttention {
  readonly id: string;
  readonly remaining: readonly string[];
  readonly failure: string;
}

/**
 * Runs a plan for a batch of independent members: tries the tentative steps, decides each member, and completes the
 * decision. Steps run one at a time: the replay order of concurrent local activities is not deterministic. A restarted
 * run gets the stored answers of earlier runs. It does not try members that are decided already.
 */
export class PlanRun {
  readonly #members: readonly Member[];
  readonly needsAttention: NeededAttention[] = [];

  constructor(
    private readonly plan: SagaPlan,
    members: readonly SagaMember[],
    private readonly port: SagaPort,
  ) {
    this.#members = members.map((member) => ({
      ...member,
      proposal: { kind: 'go' },
      hasPartners: false,
      // Assume a surplus: a decision without remaining work has closed the command in its own transaction.
      hasSurplus: member.decision !== null,
      end: null,
      results: new Map(),
      done: [],
      failed: [],
      remaining: [],
    }));
  }

  async run(): Promise<readonly MemberEnd[]> {
    for (const { step } of this.plan.tries) await this.#try(step);
    await this.#decide();
    for (const decision of new Set(this.#decided().map((member) => member.decision)))
      if (decision !== null) await this.#complete(decision);
    for (const member of this.#members) member.end ??= 'dropped';
    this.#show(null);
    return this.#members.map((member) => ({
      id: member.id,
      decision: member.decision,
      ...(member.reason === undefined ? {} : { reason: member.reason }),
      end: member.end ?? 'dropped',
      verdict: verdictOf(this.plan, member),
    }));
  }

  #show(now: StepName | null): void {
    this.port.show(sagaPage(this.plan, this.#members, now));
  }

  async #try(step: StepName): Promise<void> {
    const going = this.#undecided().filter(({ proposal }) => proposal.kind === 'go');
    if (step === 'confirmAtPartners') return this.#confirm(going.filter(({ hasPartners }) => hasPartners));
    const results = await this.#step(step, going);
    for (const member of going) await this.#applyTry(member, step, results.get(member.id));
  }

  /** Confirms members at their partners. In a batch it detaches them, so that a slow partner delays no other order. */
  async #confirm(concerned: readonly Member[]): Promise<void> {
    const [member] = concerned;
    if (!member) return;
    if (this.#members.length > 1) return this.#detach(concerned);
    await this.#applyTry(member, 'confirmAtPartners', await this.#confirmed(member));
  }

  async #confirmed(member: Member): Promise<StepResult> {
    this.#show('confirmAtPartners');
    try {
      return { word: await this.port.confirmAtPartners(member) };
    } catch (error) {
      return { fault: faultIn(error, this.port) };
    }
  }

  async #applyTry(member: Member, step: StepName, result: StepResult | undefined): Promise<void> {
    if (!result) return;
    if ('fault' in result) return this.#undecidedFault(member, step, result.fault);
    const { word } = result;
    member.results.set(step, resultOf(word));
    if (word.kind === 'refused') {
      const { note: _, ...refusal } = word;
      member.proposal = { ...refusal, kind: 'refuse' };
    } else applyFlags(member, word);
  }

  /** Handles a fault before the decision. A fault that is provably the member's own proposes a refusal. */
  async #undecidedFault(member: Member, step: StepName, { message, isProvable }: StepFault): Promise<void> {
    member.results.set(step, `failed: ${message}`);
    if (isProvable) member.proposal = { kind: 'refuse', reason: 'PROCESSING_FAILED', detail: message };
    else await this.#giveUp(member, [step], message);
  }

  async #decide(): Promise<void> {
    const { decide } = this.plan;
    if (decide === null) return;
    const first = this.#undecided();
    await this.#decideAll(decide, first);
    // Decide once more for members whose own data failed the decision, now with a proposed refusal.
    const again = this.#undecided().filter(({ proposal }) => proposal.kind === 'refuse');
    await this.#decideAll(decide, again);
  }

  async #decideAll(decide: StepName, members: readonly Member[]): Promise<void> {
    const results = await this.#step(decide, members);
    for (const member of members) {
      const result = results.get(member.id);
      if (result && 'fault' in result) {
        const wasRefused = member.proposal.kind === 'refuse';
        await this.#undecidedFault(member, decide, {
          ...result.fault,
          isProvable: result.fault.isProvable && !wasRefused,
        });
      } else if (result?.word.kind === 'decided') {
        const { decision, reason, note } = result.word;
        member.decision = decision;
        if (reason !== undefined) member.reason = reason;
        if (note !== undefined) member.cause = note;
        member.results.set(decide, verdictOn(decision).state);
        member.hasSurplus = false;
        applyFlags(member, result.word);
      }
    }
  }

  async #complete(decision: string): Promise<void> {
    const group = this.#decided().filter((member) => member.decision === decision);
    const steps = stepsAfter(this.plan, decision);
    if (steps.length > 0) for (const member of group) member.hasSurplus = false;
    for (const step of steps) await this.#completeStep(step, group);
    await this.#leave(
      group.filter(({ end, failed, hasSurplus }) => !end && (failed.length > 0 || hasSurplus)),
      decision,
    );
    await this.#close(group.filter(({ end }) => !end));
  }

  /** Runs one step after the decision. After a failure a member runs only its other compensations. */
  async #completeStep(step: StepName, group: readonly Member[]): Promise<void> {
    const going = group.filter(
      ({ end, failed }) => !end && (failed.length === 0 || this.#isCompensation(step)),
    );
    const results = await this.#step(step, going);
    for (const member of going) {
      const result = results.get(member.id);
      const failure = failureIn(step, result, member);
      if (failure === undefined) succeed(member, step, result && 'word' in result ? result.word : undefined);
      else fail(member, step, failure);
    }
  }

  /**
   * Finishes members with a surplus at partners or with failed steps. In a batch it detaches them, because partners are
   * slow and failed steps need an operator. A failed compensation does not stop the cancellation of the surplus.
   */
  async #leave(concerned: readonly Member[], decision: string): Promise<void> {
    const [member] = concerned;
    if (!member) return;
    if (this.#members.length > 1) return this.#detach(concerned);
    if (member.hasSurplus && member.failed.every((step) => this.#isCompensation(step)))
      await this.#cancelSurplus(member, decision);
    if (member.failed.length === 0) return;
    const steps: StepName[] = [...stepsAfter(this.plan, decision)];
    if (member.hasSurplus) steps.push(SURPLUS_STEP);
    const left = steps.filter((step) => !member.done.includes(step));
    await this.#giveUp(member, left, member.failure ?? '');
  }

  async #cancelSurplus(member: Member, decision: string): Promise<void> {
    this.#show(SURPLUS_STEP);
    try {
      await this.port.cancelAtPartners(member, decision);
      succeed(member, SURPLUS_STEP);
    } catch (error) {
      fail(member, SURPLUS_STEP, faultIn(error, this.port).message);
    }
  }

  async #close(members: readonly Member[]): Promise<void> {
    if (members.length === 0) return;
    await this.port.close(members.map(({ id }) => id));
    for (const member of members) member.end = 'closed';
  }

  /** Requires attention for a member. In a batch, detaches a decided member instead: only its own workflow may fail. */
  async #giveUp(member: Member, remaining: readonly StepName[], failure: string): Promise<void> {
    if (this.#members.length > 1 && member.decision !== null) return this.#detach([member]);
    const isOurs = await this.port.requireAttention(
      member.id,
      { remaining, failure },
      member.decision !== null,
    );
    member.end = isOurs ? 'attention' : 'dropped';
    member.failure = failure;
    member.remaining = remaining;
    if (isOurs) this.needsAttention.push({ id: member.id, remaining, failure });
  }

  async #detach(members: readonly Member[]): Promise<void> {
    const handedOver = new Set(await this.port.detach(members.map(asInput)));
    for (const member of members) member.end = handedOver.has(member.id) ? 'detached' : 'dropped';
  }

  async #step(step: StepName, members: readonly Member[]): Promise<ReadonlyMap<string, StepResult>> {
    if (members.length === 0) return new Map();
    this.#show(step);
    const input = members.map(
      ({ id, proposal }): StepMember => (step === this.plan.decide ? { id, proposal } : { id }),
    );
    return inHalvesOnFault(
      input,
      (part) => this.port.step(step, part, this.#describe(part)),
      this.port.faultOf,
    );
  }

  #describe(part: readonly StepMember[]): string {
    const [only, ...others] = part;
    if (others.length > 0) return `${part.length} commands`;
    return this.#members.find(({ id }) => id === only?.id)?.line ?? '';
  }

  #isCompensation(step: StepName): boolean {
    return this.plan.tries.some(({ compensation }) => compensation === step);
  }

  #undecided(): readonly Member[] {
    return this.#members.filter(({ decision, end }) => decision === null && !end);
  }

  #decided(): readonly Member[] {
    return this.#members.filter(({ decision, end }) => decision !== null && !end);
  }
}

function applyFlags(member: Member, word: Exclude<StepWord, { readonly kind: 'refused' }>): void {
  if ('hasPartners' in word && word.hasPartners) member.hasPartners = true;
  if (word.hasSurplus) member.hasSurplus = true;
  if (word.isOver) member.end = 'closed';
}

function succeed(member: Member, step: StepName, word: StepWord = { kind: 'done' }): void {
  member.done.push(step);
  member.results.set(step, resultOf(word));
}

function fail(member: Member, step: StepName, failure: string): void {
  member.failed.push(step);
  member.results.set(step, `failed: ${failure}`);
  member.failure ??= failure;
}

/**
 * Applies the result of a step after the decision to a member.
 * @returns the failure when the step faulted or was refused: an operator has to finish it
 */
function failureIn(step: StepName, result: StepResult | undefined, member: Member): string | undefined {
  if (!result) return undefined;
  if ('fault' in result) return result.fault.message;
  if (result.word.kind === 'refused') return `${step}: ${result.word.detail ?? result.word.reason}`;
  applyFlags(member, result.word);
  return undefined;
}

/** Returns the result of a step in plain words. */
function resultOf(word: StepWord): string {
  if (word.kind === 'refused') return `refused: ${word.note ?? word.detail ?? word.reason}`;
  return word.note ?? 'done';
}

function asInput({ id, subject, decision, line, recordedAt, cause }: Member): SagaMember {
  return { id, subject, decision, line, recordedAt, ...(cause === undefined ? {} : { cause }) };
}
