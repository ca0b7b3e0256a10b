import { setTimeout as sleep } from 'node:timers/promises';
import { SUSPENSION_MS } from '../../../src/providers/party-guard';
import type { Silence } from '../checks/rejection-model';
import type { DrillRandom } from '../drill-random';
import type { DrillServers } from '../processes/drill-servers';
import type { Journal } from '../traffic/journal';
import { actionOf } from './fault-actions';
import { type FaultKind, type FaultPace, type PlannedFault, planFault, silencesParties } from './fault-plan';
import type { InjectedFault } from './recovery-times';

const LONGEST_GAP_MS = 8_000;
const POLLING_MS = 50;
/** The time after a silence in which a call from it may still fail, and in which Holdfast then does not call the party. */
const ECHO_MS = 2_000 + SUSPENSION_MS;

/** Injects faults one after the other, and sometimes a second one beside the first. */
export class FaultRunner {
  readonly injected: InjectedFault[] = [];
  readonly silences: Silence[] = [];

  constructor(
    private readonly servers: DrillServers,
    private readonly journal: Journal,
    private readonly pace: FaultPace,
    private readonly random: DrillRandom,
    private readonly report: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  get kills(): number {
    return this.injected.filter(({ kind }) => kind.startsWith('kill')).length;
  }

  /** True when the simulator has lost the third parties' books. */
  get hasForgotten(): boolean {
    return this.injected.some(({ kind }) => kind === 'kill simulator');
  }

  /** Injects a fault, with a second one beside it if given, and waits for the recovery. */
  async inject(kind: FaultKind, beside?: FaultKind): Promise<void> {
    const faults = [kind, ...(beside === undefined ? [] : [beside])].map((one) =>
      planFault(one, this.pace, this.random),
    );
    const isLone = faults.length === 1;
    const [first, second] = faults;
    if (first === undefined) return;
    await Promise.all([
      this.#run(first, isLone),
      second && sleep(this.random.below(first.lastsMs)).then(() => this.#run(second, isLone)),
    ]);
    await this.#untilRecovered();
    await this.#sleep(this.random.below(600));
  }

  async #run(fault: PlannedFault, isLone: boolean): Promise<void> {
    const startedAt = Date.now();
    const action = actionOf(fault, this.servers);
    this.report(`${fault.kind}${/^(cut|slow|half|ref)/.test(fault.kind) ? ` of ${fault.role}` : ''}`);
    try {
      await action.begin();
      await this.#sleep(fault.lastsMs);
    } finally {
      await action.end();
      this.injected.push({ kind: fault.kind, startedAt, endedAt: Date.now(), isLone });
      if (silencesParties(fault.kind)) this.silences.push({ from: startedAt, to: Date.now() + ECHO_MS });
    }
  }

  /** Waits until an order placed after the last fault is final, for `LONGEST_GAP_MS` at most. */
  async #untilRecovered(): Promise<void> {
    const endedAt = Date.now();
    const isRecovered = () =>
      this.journal.orders.some(({ placedAt, decidedAt }) => placedAt >= endedAt && decidedAt !== undefined);
    while (!isRecovered() && Date.now() < endedAt + LONGEST_GAP_MS && !this.signal.aborted)
      await sleep(POLLING_MS);
  }

  async #sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal }).catch(() => undefined);
  }
}
