import { SERVER_POLLING } from '../temporal/server-polling';

/** The ports of a cluster's four services on 127.0.0.1: for calls, and for finding each other. */
export interface ClusterPorts {
  readonly frontend: ServicePorts;
  readonly history: ServicePorts;
  readonly matching: ServicePorts;
  readonly worker: ServicePorts;
}

interface ServicePorts {
  readonly grpcPort: number;
  readonly membershipPort: number;
}

export const HOST = '127.0.0.1';
export const PLUGIN = 'postgres12';

/** The databases of a cluster, and the schema of each as the server's release names it. */
export const CLUSTER_DATABASES = {
  temporal: 'postgresql/v12/temporal',
  temporal_visibility: 'postgresql/v12/visibility',
} as const;

/** More than one, as in production: a dev server has one, so that it never shows what two shards do at the same time. */
const SHARDS = 4;
const CONNECTIONS = 20;

/**
 * Returns the configuration of a server process that runs all four services, with its state in PostgreSQL. It is JSON,
 * which the server reads as YAML.
 */
export function clusterConfiguration(
  databaseUrl: string,
  ports: ClusterPorts,
  dynamicSettingsFile: string,
): object {
  const store = (databaseName: string) => ({ sql: sqlStore(databaseUrl, databaseName) });
  const service = (rpc: ServicePorts) => ({ rpc: { ...rpc, bindOnIP: HOST } });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'state',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: { state: store('temporal'), visibility: store('temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: HOST } },
    services: {
      frontend: service(ports.frontend),
      history: service(ports.history),
      matching: service(ports.matching),
      worker: service(ports.worker),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${HOST}:${ports.frontend.grpcPort}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    dynamicConfigClient: { filepath: dynamicSettingsFile, pollInterval: '60s' },
  };
}

/** Returns the dynamic settings of the server: the polling that the dev server has, and search attributes at once. */
export function dynamicSettings(): object {
  const values = {
    ...SERVER_POLLING,
    // Otherwise the server knows new search attributes only after a minute.
    'system.forceSearchAttributesCacheRefreshOnRead': true,
  };
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [{ value }]]));
}

function sqlStore(databaseUrl: string, databaseName: string) {
  const { host, username, password } = new URL(databaseUrl);
  return {
    pluginName: PLUGIN,
    databaseName,
    connectAddr: host,
    connectProtocol: 'tcp',
    user: username,
    password,
    maxConns: CONNECTIONS,
    maxIdleConns: CONNECTIONS,
    maxConnLifetime: '1h',
  };
}
