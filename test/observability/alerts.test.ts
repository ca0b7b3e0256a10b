import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pino } from 'pino';
import type { Registry } from 'prom-client';
import { registerStoreMetrics } from '../../src/main/roles/store-metrics';
import { PROJECT_ROOT } from '../architecture/planted-tree';
import { anchorsOf, pagesIn } from '../documents/markdown-pages';
import { type ApiUnderTest, startApi } from '../http/support/api-under-test';
import { withServer } from '../support/test-database';
import { missing } from './support/prometheus';

const FOLDER = path.join(PROJECT_ROOT, 'deploy', 'prometheus');
const rules = readFileSync(path.join(FOLDER, 'alerts.yml'), 'utf8');
const played = readFileSync(path.join(FOLDER, 'alerts.test.yml'), 'utf8');

const found = (text: string, pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = '']) => name)),
];

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
  registerStoreMetrics(api.deps.metrics as Registry, {
    stores: api.stores,
    logger: pino({ level: 'silent' }),
  });
});
afterAll(() => api.close());

test('every alert leads to an entry of the guide', () => {
  const guide = pagesIn('docs').find((page) => page.path === 'docs/guides/operate.md');
  const anchors = guide ? anchorsOf(guide) : new Set();
  const entries = found(rules, /runbook: docs\/guides\/operate\.md#(\S+)/g);
  expect(entries.filter((entry) => !anchors.has(entry))).toEqual([]);
  expect(rules.match(/runbook:/g)).toHaveLength(found(rules, /- alert: (\w+)/g).length);
});

test('every alert is fired', () => {
  const fired = found(played, /alertname: (\w+)\n\s+exp_alerts:\n/g);
  expect([...fired].sort()).toEqual([...found(rules, /- alert: (\w+)/g)].sort());
});

const promtool = missing('promtool');
if (promtool !== undefined) console.warn(`skipped: the alerts in promtool: ${promtool}`);

(promtool === undefined ? test : test.skip)('promtool accepts the alerts and sees each of them fire', () => {
  execFileSync('promtool', ['check', 'rules', 'alerts.yml'], { cwd: FOLDER, stdio: 'pipe' });
  execFileSync('promtool', ['check', 'config', 'prometheus.yml'], { cwd: FOLDER, stdio: 'pipe' });
  execFileSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd: FOLDER, stdio: 'pipe' });
});

function oldest(metrics: string, state: string): number {
  const [, seconds] =
    new RegExp(`^holdfast_oldest_command_seconds\\{state="${state}"\\} (.+)$`, 'm').exec(metrics) ?? [];
  return Number(seconds);
}

test('open commands are counted by state, with the age of the oldest', async () => {
  const rows = `
    INSERT INTO orders.command (id, kind, caller, operation, key, fingerprint, subject, wanted, workflow_id, recorded_at, look_at, attention)
    SELECT id, 'create', 'tester', 'place an order', id, '', id, '{}', id, now() - age, now(), attention::jsonb
    FROM (VALUES ('a', interval '1 second', NULL), ('b', interval '9 minutes', NULL), ('c', interval '7 minutes', NULL),
      ('d', interval '1 hour', '{"failure": "f", "remaining": []}')) AS c (id, age, attention)`;
  await withServer(api.databaseUrl, (client) => client.query(rows));
  const { text } = await api.call('GET', '/metrics');
  expect(text).toMatch(/^holdfast_commands\{state="running"\} 1$/m);
  expect(text).toMatch(/^holdfast_commands\{state="stuck"\} 2$/m);
  expect(text).toMatch(/^holdfast_commands\{state="needs_attention"\} 1$/m);
  expect(oldest(text, 'stuck')).toBeGreaterThanOrEqual(9 * 60);
  expect(oldest(text, 'stuck')).toBeLessThan(60 * 60);
  expect(oldest(text, 'needs_attention')).toBeGreaterThanOrEqual(60 * 60);
});
