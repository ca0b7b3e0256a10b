import { LOGS } from '../../../src/contracts/logs';
import { CHANNEL_KINDS, type ChannelKind } from '../../../src/events/channels/channel-kinds';
import { channelSubscriptions } from '../../../src/events/channels/channel-subscriptions';
import { follow } from '../../../src/events/subscriptions/follow';
import type { Subscription } from '../../../src/events/subscriptions/subscription';
import type { Intakes } from '../../../src/intake/intakes';
import { startApi } from '../../../src/main/roles/api-role';
import { openIntakes } from '../../../src/main/roles/intakes';
import { openContext, type ProcessContext } from '../../../src/main/roles/process-context';
import { startRelay } from '../../../src/main/roles/relay-role';
import { startWorker } from '../../../src/main/roles/worker-role';
import { readRoleSettings } from '../../../src/main/settings';
import { observed } from './drain';
import { type LagSummary, Lags } from './lags';

/** The lags since the last report. */
export interface LagReport {
  readonly subscription: LagSummary;
  /** Null without a broker. */
  readonly channel: LagSummary | null;
}

/** The roles of a process: those of a server, those that take orders, or the one that follows the logs. */
export type FollowedRoles = 'server' | 'api and worker' | 'relay';

/**
 * Runs roles as `npm run start:server` and its parts do. Beside the relay it runs two more followers of each log: one into
 * memory, one that publishes to a broker. It sends their lags when the parent asks.
 */
async function main(roles: FollowedRoles, kind?: ChannelKind, url = ''): Promise<void> {
  const context = await openContext(readRoleSettings(), true);
  const intakes = openIntakes(context);
  if (roles !== 'relay') {
    await startWorker(context, fail);
    await startApi(context, intakes);
  }
  if (roles !== 'api and worker') startFollowers(context, intakes, kind, url);
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}

function startFollowers(
  context: ProcessContext,
  intakes: Intakes,
  kind: ChannelKind | undefined,
  url: string,
): void {
  startRelay(context, intakes);
  const subscription = new Lags();
  const channel = new Lags();
  for (const one of countingSubscriptions()) followIn(context, observed(one, subscription.note));
  if (kind) {
    for (const one of channelSubscriptions(CHANNEL_KINDS[kind](url)))
      followIn(context, observed(one, channel.note));
  }
  process.on('message', () => {
    const report: LagReport = { subscription: subscription.take(), channel: kind ? channel.take() : null };
    process.send?.(report);
  });
}

function countingSubscriptions(): readonly Subscription[] {
  return LOGS.map((log) => ({
    name: `bench-lag-${log}`,
    log,
    revision: 1,
    types: null,
    handler: { kind: 'reaction', react: async () => undefined },
  }));
}

function followIn({ stores, processId }: ProcessContext, subscription: Subscription): void {
  follow(subscription, {
    store: stores.subscriptions[subscription.log],
    owner: processId,
    signal: new AbortController().signal,
    onError: (name, error) => console.error(name, error),
  }).catch(fail);
}

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}

const [roles, kind, url] = process.argv.slice(2);
main(roles as FollowedRoles, kind as ChannelKind | undefined, url).catch(fail);
