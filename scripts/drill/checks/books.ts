import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DrillFindings } from '../findings';
import { FIXED_SUPPLY } from '../traffic/shop';
import type { StoreReads } from './store-reads';

const PAUSE_MS = 2_000;
const AUDIT_MS = 10 * 60_000;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

/** The audit of the books, as a process of its own on one snapshot a store (I1, I2). */
export class Books {
  /** The number of audits during the faults, and of those that failed because the database was away. */
  audits = 0;
  unread = 0;

  constructor(
    private readonly auditScript: string,
    private readonly environment: NodeJS.ProcessEnv,
    private readonly reads: StoreReads,
    private readonly findings: DrillFindings,
  ) {}

  /** Audits the books under traffic until the signal stops it. */
  async keepAuditing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const found = await this.#audit(['--busy']);
      if (found === undefined) this.unread += 1;
      else this.#note('I1, I2 under traffic', found);
      await this.#judgeFixedSupply().catch(() => {
        this.unread += 1;
      });
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Audits once more when no command is under way (I1 to I4). @throws Error when the books cannot be read */
  async auditQuiet(): Promise<void> {
    const found = await this.#audit([]);
    if (found === undefined) throw new Error('the books cannot be read after the faults');
    this.#note('I1 to I4 at quiet', found);
    await this.#judgeFixedSupply();
  }

  #note(rule: string, sentences: readonly string[]): void {
    this.audits += 1;
    for (const sentence of sentences) this.findings.add(rule, sentence);
  }

  /** Judges I1 by the model's own numbers: promised and departed units never exceed the supply. */
  async #judgeFixedSupply(): Promise<void> {
    const taken = await this.reads.unitsTaken(Object.keys(FIXED_SUPPLY));
    for (const [sku, units] of taken) {
      const supply = FIXED_SUPPLY[sku] ?? 0;
      if (units > supply)
        this.findings.add('I1', `${units} of ${supply} units of ${sku} are promised or gone`);
    }
  }

  /** Returns the findings; undefined when the books cannot be read. */
  #audit(options: readonly string[]): Promise<readonly string[] | undefined> {
    const limits = { env: this.environment, timeout: AUDIT_MS, maxBuffer: LARGEST_OUTPUT };
    return new Promise((resolve) => {
      execFile(process.execPath, [this.auditScript, ...options], limits, (error, stdout) => {
        const lines = stdout.trim().split('\n');
        if (error === null) resolve([]);
        else resolve(error.code === 1 && stdout.trim() !== '' ? lines : undefined);
      });
    });
  }
}
