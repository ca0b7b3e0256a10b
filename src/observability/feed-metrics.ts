import type { Registry } from 'prom-client';
import type { HeardSource } from '../stores/inventory/inventory-reads';
import { orNoRows, registerRowGauges } from './row-gauges';

interface HeardSources {
  heardSources(): Promise<readonly HeardSource[]>;
}

/** Registers when each source was last heard. While the store cannot be read, it is missing, and `onError` gets the error. */
export function registerFeeds(
  registry: Registry,
  sources: HeardSources,
  onError: (error: unknown) => void,
): void {
  const read = () => orNoRows(sources.heardSources(), onError);
  registerRowGauges({ registry, label: 'source', nameOf: ({ sourceId }) => sourceId, read }, [
    {
      name: 'holdfast_feed_last_heard_timestamp_seconds',
      help: 'Unix time at which rows of a source last came to any process, to the second; missing for a source that never sent any',
      measure: ({ heardAt }) => heardAt,
    },
  ]);
}
