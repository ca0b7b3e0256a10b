import type * as workflows from '../../workflows';
import type { SagaFixture } from '../support/saga-fixture';

/** One way that a workflow's code can take, how to get there, and what shows that a history took it. */
export interface Branch {
  readonly workflow: keyof typeof workflows;
  /** What a history has to contain to have taken this branch: its event types and decoded payloads, as text. */
  readonly shows: RegExp;
  /** Takes a workflow down this branch on real servers, and says the id of the one that took it. */
  readonly play: Play;
}

export type Play = (fixture: SagaFixture) => Promise<string>;
export type Branches = Readonly<Record<string, Branch>>;
