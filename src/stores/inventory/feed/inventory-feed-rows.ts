interface ReportedRow {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly sequence: number;
  readonly observedAt: string;
}

/** How many there are of one item in one section of a node. */
export interface CountRow extends ReportedRow {
  readonly count: number;
}

/** How many came or, below zero, went. */
export interface MovementRow extends ReportedRow {
  readonly movement: number;
}

export type FeedRow = CountRow | MovementRow;
