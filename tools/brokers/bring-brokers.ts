import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findGo, goInstall } from '../processes/go-install';
import { cacheFolder } from '../processes/programs';
import { BROKERS, findProgram, KAFKA_VERSION, NATS_VERSION } from './broker-programs';

/**
 * Brings the brokers that the tests of the channels need and that are not installed: NATS with Go, Kafka with Maven.
 * Redis comes from the system's packages. Exits with 1 when one of them is still missing.
 */
async function main(): Promise<void> {
  if ('missing' in findProgram('nats')) await bringNats();
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

async function bringNats(): Promise<void> {
  const go = findGo();
  if (go === undefined) return;
  console.log(`Building NATS ${NATS_VERSION}, once: about a minute ...`);
  const folder = cacheFolder('nats', NATS_VERSION);
  mkdirSync(folder, { recursive: true });
  await goInstall(
    go,
    `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`,
    folder,
    new AbortController().signal,
  );
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

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
