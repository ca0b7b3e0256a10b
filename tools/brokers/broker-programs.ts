import { existsSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder, findOnPath, isExecutable } from '../processes/programs';

export const BROKERS = ['nats', 'redis', 'kafka'] as const;
export type BrokerName = (typeof BROKERS)[number];

export const NATS_VERSION = '2.15.2';
export const KAFKA_VERSION = '4.4.0';

/** The command line of a broker's program, or the reason why it is not there and the remedy. */
export type Program =
  | { readonly command: string; readonly args: readonly string[] }
  | { readonly missing: string };

/** Finds the program of a broker: on PATH, or where `npm run test:brokers` keeps what it has brought. */
export function findProgram(name: BrokerName): Program {
  switch (name) {
    case 'nats':
      return executable('nats-server', path.join(cacheFolder('nats', NATS_VERSION), 'nats-server'));
    case 'redis':
      return executable('redis-server');
    case 'kafka':
      return kafka();
    default:
      return name satisfies never;
  }
}

function kafka(): Program {
  const java = executable('java');
  const libraries = path.join(cacheFolder('kafka', KAFKA_VERSION), 'libs');
  if ('missing' in java) return java;
  if (!existsSync(libraries))
    return {
      missing: `the libraries of Kafka ${KAFKA_VERSION} are not in ${libraries}: run npm run test:brokers`,
    };
  return { ...java, args: ['-cp', path.join(libraries, '*')] };
}

function executable(program: string, elsewhere = ''): Program {
  const command = findOnPath(program) ?? (isExecutable(elsewhere) ? elsewhere : undefined);
  return command ? { command, args: [] } : { missing: `${program} is not installed` };
}
