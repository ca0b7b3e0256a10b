import type * as workflows from '../../workflows';
import type { SagaFixture } from '../support/saga-fixture';

/** A branch of a workflow's code, the way to it, and the evidence of it in a history. */
export interface Branch {
  readonly workflow: keyof typeof workflows;
  /** The text that a history of this branch contains, among its event types and decoded payloads. */
  readonly shows: RegExp;
  /** Takes a workflow down this branch on real servers. Returns the workflow's id. */
  readonly play: Play;
}

export type Play = (fixture: SagaFixture) => Promise<string>;
export type Branches = Readonly<Record<string, Branch>>;
