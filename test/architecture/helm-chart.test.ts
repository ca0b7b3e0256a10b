import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/main/project-root';
import { VARIABLES } from '../../src/main/variables';
import { findHelm } from '../../tools/helm/helm-program';

const CHART = path.join(projectRoot(), 'deploy', 'helm', 'holdfast');
const SETTINGS = [
  '--set',
  'environment.TEMPORAL_ADDRESS=temporal:7233',
  '--set',
  'environment.HOLDFAST_PARTNERS_URL=https://parties.example',
];

const program = findHelm();
const withHelm = program ? test : test.skip;
if (!program) console.warn('skipped: Helm on the chart: helm is missing (npm run test:chart builds it)');

function helm(...args: readonly string[]): { readonly status: number | null; readonly out: string } {
  const { status, stdout, stderr } = spawnSync(program ?? 'helm', [...args], { encoding: 'utf8' });
  return { status, out: stdout + stderr };
}

function file(...names: readonly string[]): string {
  return readFileSync(path.join(projectRoot(), ...names), 'utf8');
}

const TEMPLATES = ['_helpers.tpl', 'roles.yaml', 'migrate.yaml', 'service.yaml'];
const chart = [
  ...TEMPLATES.map((name) => file('deploy/helm/holdfast/templates', name)),
  file('deploy/helm/holdfast/values.yaml'),
].join('\n');

test('the chart names only variables that Holdfast reads, or that Temporal defines', () => {
  const named = [...chart.matchAll(/\b(?:HOLDFAST|DATABASE)_[A-Z_]+\b/g)].map(([name]) => name);
  expect(named).not.toEqual([]);
  expect(named.filter((name) => !(name in VARIABLES))).toEqual([]);
});

test('the chart runs programs that exist', () => {
  const roles = [...file('deploy/helm/holdfast/values.yaml').matchAll(/^ {2}(\w+):\n {4}replicas/gm)].map(
    ([, role]) => role,
  );
  expect(roles).toEqual(['api', 'worker', 'relay']);
  for (const program of [...roles, 'migrate'])
    expect(existsSync(path.join(projectRoot(), 'src', 'main', `${program}.ts`))).toBe(true);
});

test('a process has as long to stop in the chart as in the compose file', () => {
  const [, seconds] = /stop_grace_period: (\d+)s/.exec(file('docker-compose.yml')) ?? [];
  expect(chart).toContain(`terminationGracePeriodSeconds: ${seconds}\n`);
});

withHelm('helm finds no fault in the chart', () => {
  const { status, out } = helm('lint', '--strict', CHART, ...SETTINGS);
  expect(out).toContain('0 chart(s) failed');
  expect(status).toBe(0);
});

withHelm('the chart gives a deployment a role, the migrations as a job, and a service of the API', () => {
  const { out } = helm('template', 'shop', CHART, ...SETTINGS);
  const kinds = [...out.matchAll(/^kind: (\w+)\nmetadata:\n {2}name: (\S+)/gm)].map(
    ([, kind, name]) => `${kind} ${name}`,
  );
  expect(kinds.sort()).toEqual([
    'Deployment shop-api',
    'Deployment shop-relay',
    'Deployment shop-worker',
    'Job shop-migrate',
    'PodDisruptionBudget shop-api',
    'PodDisruptionBudget shop-relay',
    'PodDisruptionBudget shop-worker',
    'Service shop',
  ]);
  expect(out.match(/value: "?temporal:7233"?/g)).toHaveLength(4);
});

withHelm('the chart asks for what it cannot guess', () => {
  const { status, out } = helm('template', 'shop', CHART);
  expect(status).not.toBe(0);
  expect(out).toContain('environment.HOLDFAST_PARTNERS_URL is required');
});
