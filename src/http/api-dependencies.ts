import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { PayloadJson } from '../contracts/api/codec';
import type { IdentityIssuer } from '../contracts/identities';
import type { WaitingCallers } from '../intake/callers';
import type { Intakes } from '../intake/intakes';
import type { OpenCommands } from '../intake/open-commands';
import type { Stores } from '../stores/stores';
import type { EventWaits } from './event-feed/event-waits';
import type { AvailabilityFacts } from './inventory/availability-routes';
import type { TimelineFollowers } from './orders/timeline-followers';
import type { SignInSettings } from './sign-in/issued-callers';

/** The dependencies of the HTTP layer; composed in src/main. */
export interface ApiDependencies {
  readonly stores: Stores;
  readonly intakes: Intakes;
  readonly availability: AvailabilityFacts;
  /** The callers in this process that wait for a command. */
  readonly callers: Pick<WaitingCallers, 'listen'>;
  readonly openCommands: Pick<OpenCommands, 'isFull'>;
  /** The followers of orders. src/main stops them together with the server, because their streams last for minutes. */
  readonly timelines: TimelineFollowers;
  /** Returns the reason why a webhook may not have this URL; null when it may. */
  refusedWebhookUrl(url: string): string | null;
  /** The readers of the event feed that wait. src/main stops them together with the server. */
  readonly eventWaits: EventWaits;
  /** Called by `/readyz`; a rejection counts as not ready. */
  isReady(): Promise<{ readonly temporal: boolean; readonly stores: boolean }>;
  /** The base URL and namespace of the Temporal Web UI, for links; null without a Web UI. */
  readonly webUi: { readonly address: string; readonly namespace: string } | null;
  /** Decrypts payloads of Temporal for its Web UI; `unreadable` says why it cannot. */
  decodePayloads(
    payloads: readonly PayloadJson[],
  ): Promise<readonly PayloadJson[] | { readonly unreadable: string }>;
  /** The issuer whose tokens are accepted and by which people sign in to the operator's page; null without one. */
  readonly signIn: (SignInSettings & { readonly issuer: IdentityIssuer }) | null;
  /** The folder of the bundled operator's page. */
  readonly pageFolder: string;
  readonly logger: Logger;
  /** The registry of this API alone, because the default metrics of the process are added to it. */
  readonly metrics: Registry;
}
