interface ReportedRow {
  readonly messageId: string;
  readonly sku: string;
  readonly nodeId: string;
  readonly section: string | null;
  readonly sequence: number;
  readonly observedAt: string;
}

/** The number of units of one item in one section of a node. */
export interface CountRow extends ReportedRow {
  readonly count: number;
}

/** The number of units that arrived; below zero: that left. */
export interface MovementRow extends ReportedRow {
  readonly movement: number;
}

export type FeedRow = CountRow | MovementRow;
