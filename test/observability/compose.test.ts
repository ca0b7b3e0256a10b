import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { PROJECT_ROOT } from '../architecture/planted-tree';

interface Service {
  readonly image?: string;
  readonly command?: string | readonly string[];
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
}

interface ScrapeConfiguration {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly {
    readonly job_name: string;
    readonly static_configs: readonly { readonly targets: readonly string[] }[];
  }[];
}

const inYaml = <T>(...file: string[]) =>
  parse(readFileSync(path.join(PROJECT_ROOT, ...file), 'utf8'), { merge: true }) as T;

const { services } = inYaml<{ readonly services: Readonly<Record<string, Service>> }>('docker-compose.yml');
const scraping = inYaml<ScrapeConfiguration>('deploy', 'prometheus', 'compose.yml');
const example = inYaml<ScrapeConfiguration>('deploy', 'prometheus', 'prometheus.yml');

const mounts = Object.values(services)
  .flatMap(({ volumes = [] }) => volumes)
  .filter((volume) => volume.startsWith('.'));

/** The roles that run as services, with the ports of their metrics. */
const roles = Object.entries(services).flatMap(([name, { command, environment = {} }]) => {
  const [, role] = /dist\/src\/main\/(api|worker|relay|server)\.js/.exec([command].flat().join(' ')) ?? [];
  const port = environment[role === 'api' ? 'HOLDFAST_PORT' : `HOLDFAST_${role?.toUpperCase()}_PORT`];
  return role === undefined ? [] : [{ name, port, sdkPort: environment.HOLDFAST_TEMPORAL_METRICS_PORT }];
});

function targetsOf(job: string): readonly string[] {
  const found = scraping.scrape_configs.find(({ job_name }) => job_name === job);
  return (found?.static_configs ?? []).flatMap(({ targets }) => targets).toSorted();
}

test('every folder and file that a service mounts is there', () => {
  expect(mounts.length).toBeGreaterThanOrEqual(3);
  expect(mounts.filter((mount) => !existsSync(path.join(PROJECT_ROOT, mount.split(':')[0] ?? '')))).toEqual(
    [],
  );
});

test('what observes runs under its profile alone, and every image has an exact version', () => {
  const observing = Object.entries(services).flatMap(([name, { profiles }]) => (profiles ? [name] : []));
  expect(observing).toEqual(['prometheus', 'grafana', 'jaeger']);
  const images = Object.values(services).flatMap(({ image = '' }) =>
    image.startsWith('holdfast') ? [] : image,
  );
  expect(images.filter((image) => !/:v?\d+/.test(image))).toEqual([]);
});

test('Prometheus scrapes every role and the SDK in it, under the jobs that the alerts know', () => {
  expect(roles.length).toBeGreaterThanOrEqual(3);
  expect(targetsOf('holdfast')).toEqual(roles.map(({ name, port }) => `${name}:${port}`).toSorted());
  expect(targetsOf('temporal-sdk')).toEqual(
    roles.map(({ name, sdkPort }) => `${name}:${sdkPort}`).toSorted(),
  );
  expect(scraping.rule_files).toEqual(example.rule_files);
  const jobs = ({ scrape_configs }: ScrapeConfiguration) => scrape_configs.map(({ job_name }) => job_name);
  expect(jobs(scraping)).toEqual(jobs(example));
});

test('Grafana finds its data sources and its board where they are provisioned and mounted', () => {
  const provisioned = ['deploy', 'grafana', 'provisioning'];
  const { datasources } = inYaml<{ readonly datasources: readonly { readonly url: string }[] }>(
    ...provisioned,
    'datasources',
    'holdfast.yml',
  );
  const hosts = datasources.map(({ url }) => new URL(url).hostname);
  expect(hosts.filter((host) => !(host in services))).toEqual([]);
  const { providers } = inYaml<{ readonly providers: readonly { readonly options: { path: string } }[] }>(
    ...provisioned,
    'dashboards',
    'holdfast.yml',
  );
  for (const { options } of providers)
    expect(mounts.some((mount) => mount.includes(`holdfast.json:${options.path}/`))).toBe(true);
});

test('traces go to the collector of the profile only when a variable names it', () => {
  for (const { name } of roles)
    expect(services[name]?.environment).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: `\${OTEL_EXPORTER_OTLP_ENDPOINT:-}`,
    });
});
