import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Intakes } from '../intake/intakes';
import type { OperationAnswer } from '../intake/saga-operations';
import type { Stores } from '../stores/stores';
import type { TimelineFollowers } from './timeline-followers';

/** What operators do to sagas. */
export interface SagaOperations {
  /** Has what is left run again. `by` is the caller, for the log. The saga exists. */
  retry(id: string, by: string): Promise<OperationAnswer>;
  /** Records that what was left has been put right by hand. The saga exists. */
  resolve(id: string, by: string, note: string): Promise<OperationAnswer>;
  /** The ledger of a running workflow, JSON-safe; undefined when it does not run or does not answer. */
  ledger(workflowId: string): Promise<unknown>;
}

/** Everything the HTTP layer needs; composed in src/main. */
export interface ApiDependencies {
  readonly stores: Stores;
  readonly intakes: Intakes;
  readonly sagas: SagaOperations;
  /** Whoever composes the API stops them together with the server: they go on for as long as they may. */
  readonly timelines: TimelineFollowers;
  /** Asked by `/readyz`; a rejection counts as not ready. */
  isReady(): Promise<{ readonly temporal: boolean; readonly stores: boolean }>;
  /** For links: the base URL of the Temporal Web UI and the namespace; null where there is none to link to. */
  readonly webUi: { readonly address: string; readonly namespace: string } | null;
  readonly logger: Logger;
  /** The process's own registry: default process metrics are added to it, so one API a registry. */
  readonly metrics: Registry;
}
