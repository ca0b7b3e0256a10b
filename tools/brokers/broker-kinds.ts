import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { BrokerName } from './broker-programs';
import type { BrokerKind } from './local-broker';

const run = promisify(execFile);

/**
 * NATS writes each message to disk before it confirms it. With the default, a crash of the machine loses two minutes of
 * messages.
 */
const NATS_CONFIGURATION = `
jetstream { store_dir: DATA, sync_interval: always }
`;

const nats: BrokerKind = {
  name: 'nats',
  ports: 1,
  async format(_program, folder) {
    writeFileSync(configOf(folder), NATS_CONFIGURATION.replace('DATA', JSON.stringify(folder)));
  },
  argumentsFor: (folder, [port]) => [
    '--addr',
    '127.0.0.1',
    '--port',
    `${port}`,
    '--config',
    configOf(folder),
  ],
};

const redis: BrokerKind = {
  name: 'redis',
  ports: 1,
  argumentsFor: (folder, [port]) => [
    ...['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''],
  ],
};

const kafka: BrokerKind = {
  name: 'kafka',
  ports: 2,
  async format({ command, args }, folder, [port, controller]) {
    writeFileSync(configOf(folder), kafkaConfiguration(folder, port, controller));
    const id = randomBytes(16).toString('base64url');
    const format = ['format', '--standalone', '-t', id, '-c', configOf(folder)];
    await run(command, [...args, 'kafka.tools.StorageTool', ...format]);
  },
  argumentsFor: (folder) => ['-Xmx256m', '-XX:+UseSerialGC', 'kafka.Kafka', configOf(folder)],
};

export const BROKER_KINDS: Readonly<Record<BrokerName, BrokerKind>> = { nats, redis, kafka };

function configOf(folder: string): string {
  return path.join(folder, 'holdfast.conf');
}

/** One node that is broker and controller, without replicas. */
function kafkaConfiguration(folder: string, port = 0, controller = 0): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': path.join(folder, 'logs'),
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'auto.create.topics.enable': true,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
