import { Gauge, type Registry } from 'prom-client';
import type { LogName } from '../contracts/logs';
import type { PoolLoad } from '../stores/postgres/store-pool';

type Pools = Readonly<Record<LogName, { readonly load: PoolLoad }>>;

/** Registers the load of the connection pools of this process. */
export function registerPools(registry: Registry, pools: Pools): void {
  const registers = [registry];
  const each = (show: (store: string, load: PoolLoad) => void) => {
    for (const [store, { load }] of Object.entries(pools)) show(store, load);
  };
  new Gauge({
    name: 'holdfast_pool_connections',
    help: 'Connections of this process to a store, by state: `used` or `idle`',
    labelNames: ['store', 'state'],
    registers,
    collect() {
      each((store, { open, idle }) => {
        this.labels(store, 'used').set(open - idle);
        this.labels(store, 'idle').set(idle);
      });
    },
  });
  new Gauge({
    name: 'holdfast_pool_connections_limit',
    help: 'The most connections of this process to a store',
    labelNames: ['store'],
    registers,
    collect() {
      each((store, { limit }) => this.labels(store).set(limit));
    },
  });
  new Gauge({
    name: 'holdfast_pool_waiting',
    help: 'Statements and transactions of this process that wait for a connection to a store',
    labelNames: ['store'],
    registers,
    collect() {
      each((store, { waiting }) => this.labels(store).set(waiting));
    },
  });
}
