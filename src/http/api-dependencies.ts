import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { WaitingCallers } from '../intake/callers';
import type { Intakes } from '../intake/intakes';
import type { OpenCommands } from '../intake/open-commands';
import type { Stores } from '../stores/stores';
import type { TimelineFollowers } from './orders/timeline-followers';

/** Everything the HTTP layer needs; composed in src/main. */
export interface ApiDependencies {
  readonly stores: Stores;
  readonly intakes: Intakes;
  /** The callers of this process that wait for a command. */
  readonly callers: Pick<WaitingCallers, 'listen'>;
  readonly openCommands: Pick<OpenCommands, 'isFull'>;
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
