import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findGo } from '../temporal/temporal-build';
import { BROKERS, cacheFolder, findProgram, KAFKA_VERSION, NATS_VERSION } from './broker-programs';

/**
 * Brings the brokers that the tests of the channels need and that are not installed: NATS with Go, Kafka with Maven.
 * Redis comes from the system's packages. Exits with 1 when one of them is still missing.
 */
function main(): void {
  if ('missing' in findProgram('nats')) bringNats();
  if ('missing' in findProgram('kafka')) bringKafka();
  const missing = BROKERS.flatMap((name) => {
    const program = findProgram(name);
    return 'missing' in program ? [`${name}: ${program.missing}`] : [];
  });
  if (missing.length === 0) return;
  console.error(missing.join('\n'));
  console.error(
    'Redis is a package of the system, such as redis-server on Debian; Kafka needs Java 17 and Maven.',
  );
  process.exitCode = 1;
}

function bringNats(): void {
  const go = findGo();
  if (go === undefined) return;
  console.log(`Building NATS ${NATS_VERSION}, once: about a minute ...`);
  const folder = cacheFolder('nats', NATS_VERSION);
  mkdirSync(folder, { recursive: true });
  execFileSync(go, ['install', `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '', GOWORK: 'off' },
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: folder,
  });
}

function bringKafka(): void {
  console.log(`Downloading Kafka ${KAFKA_VERSION} with Maven, once ...`);
  const scratch = mkdtempSync(path.join(tmpdir(), 'holdfast-kafka-'));
  const dependency = `<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version>`;
  writeFileSync(
    path.join(scratch, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion><groupId>holdfast</groupId><artifactId>kafka</artifactId>
     <version>1</version><dependencies><dependency>${dependency}</dependency></dependencies></project>`,
  );
  const libraries = path.join(cacheFolder('kafka', KAFKA_VERSION), 'libs');
  execFileSync('mvn', ['-q', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`], {
    cwd: scratch,
    stdio: 'inherit',
  });
  rmSync(scratch, { recursive: true });
}

main();
