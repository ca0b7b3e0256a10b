/** A violation that a check has found. */
export interface Finding {
  /** The violated invariant or target, such as `I1` or `final`. */
  readonly rule: string;
  readonly sentence: string;
}

const SHOWN_A_RULE = 10;

/** The violations of one drill. Equal sentences count once. */
export class DrillFindings {
  readonly #found = new Map<string, Finding>();

  add(rule: string, sentence: string): void {
    this.#found.set(`${rule} ${sentence}`, { rule, sentence });
  }

  get all(): readonly Finding[] {
    return [...this.#found.values()];
  }

  /** Returns the findings as lines, the first ones of each rule. */
  lines(): readonly string[] {
    const rules = [...new Set(this.all.map(({ rule }) => rule))].sort();
    return rules.flatMap((rule) => {
      const sentences = this.all.filter((one) => one.rule === rule).map(({ sentence }) => sentence);
      const more = sentences.length - SHOWN_A_RULE;
      return [
        `${rule}: ${sentences.length}`,
        ...sentences.slice(0, SHOWN_A_RULE).map((sentence) => `  - ${sentence}`),
        ...(more > 0 ? [`  - and ${more} more`] : []),
      ];
    });
  }
}
