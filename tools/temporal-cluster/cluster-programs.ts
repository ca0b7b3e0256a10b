import path from 'node:path';
import { cacheFolder, isExecutable } from '../processes/programs';
import { buildWithGo, type GoProgram } from '../temporal/go-build';
import type { TemporalSearch } from '../temporal/temporal-binary';

const VERSION = '1.32.0';

const PROGRAMS = {
  server: { name: 'the full Temporal server', module: 'go.temporal.io/server/cmd/server' },
  sql: { name: "Temporal's schema tool", module: 'go.temporal.io/server/cmd/tools/sql' },
} satisfies Record<string, GoProgram>;

/** The paths of the programs of a cluster. */
export type ClusterPrograms = Readonly<Record<keyof typeof PROGRAMS, string>>;

/**
 * Finds the full Temporal server and its schema tool in the cache, or builds them there, which takes minutes.
 * @throws Error when Go is missing or a build fails
 */
export async function bringClusterPrograms({ report, signal }: TemporalSearch): Promise<ClusterPrograms> {
  const folder = cacheFolder('temporal-server', VERSION);
  const bring = async (program: keyof typeof PROGRAMS) => {
    const target = path.join(folder, program);
    if (!isExecutable(target))
      await buildWithGo(PROGRAMS[program], { target, version: VERSION, report, signal });
    return target;
  };
  return { server: await bring('server'), sql: await bring('sql') };
}
