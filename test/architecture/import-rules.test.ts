import { readdirSync } from 'node:fs';
import path from 'node:path';
import { PlantedTree, PROJECT_ROOT } from './planted-tree';

interface Rule {
  readonly name: string;
  readonly comment: string;
  readonly from: { readonly path?: string };
}

const RULES: readonly Rule[] = require('../../.dependency-cruiser.cjs').forbidden;
const PACKAGES = require('../../package.json') as Record<'dependencies' | 'devDependencies', object>;

/** One harmless file in each place that another file may import from. */
const PLACES = [
  'src/names/composite-name',
  'src/domain/decision',
  'src/contracts/commands',
  'src/contracts/api/orders',
  'src/domain/inventory/setup/set-up',
  'src/domain/inventory/supply/supply',
  'src/domain/inventory/limits/demand',
  'src/domain/inventory/offer/offer',
  'src/domain/inventory/reservation/reserve',
  'src/domain/inventory/elsewhere/file',
  'src/stores/orders-store',
  'src/stores/postgres/store-pool',
  'src/stores/log/event-log',
  'src/stores/orders/orders-store',
  'src/stores/inventory/inventory-store',
  'src/stores/credit/credit-store',
  'src/stores/trips/trips-store',
  'src/audit/audit',
  'src/stores/generated/orders/client',
  'src/intake/intake',
  'src/recovery/watch',
  'src/events/subscriptions/follow',
  'src/events/projections/availability-projection',
  'src/events/handlers/order-fills',
  'src/observability/subscription-metrics',
  'src/temporal/connection',
  'src/http/app',
  'src/http/framework/operation',
  'src/http/commands/take-command',
  'src/http/orders/orders-routes',
  'src/http/trips/trips-routes',
  'src/http/system/probe-routes',
  'src/http/event-feed/events-routes',
  'src/providers/hotel',
  'src/main/api',
  'src/main/settings',
  'src/main/project-root',
  'src/main/roles/listening',
  'src/main/roles/api-role',
  'src/main/cli/key-commands',
  'web/api/client',
  'web/parts/words',
  'web/pages/orders-page',
  'web/styles/page',
  'tools/simulator/faults',
  'tools/processes/ports',
  'tools/postgres/postgres-server',
  'tools/temporal/temporal-server',
  'tools/local/banner',
  'workflows/engine/plan-run',
  'workflows/orders/create-orders',
  'workflows/trips/book-trip',
  'activities/activities',
  'scripts/demo',
  'test/support/fixture',
];

const value = (from: string) => `import { value } from '${from}';\nexport const own = value;\n`;
const typed = (from: string) => `import type { Value } from '${from}';\nexport type Own = Value;\n`;

/** Violations written by hand: rule, importing folder, statement with the path from that folder. */
const VIOLATIONS: readonly (readonly [rule: string, folder: string, content: string])[] = [
  ['names-know-nothing', 'src/names', value('../domain/decision')],
  ['names-know-nothing', 'src/names', value('zod')],
  ['domain-is-pure', 'src/domain/order', value('../../contracts/commands')],
  ['domain-is-pure', 'src/domain', typed('../stores/orders-store')],
  ['domain-is-pure', 'src/domain', value('zod')],
  ['domain-is-pure', 'src/domain', value('node:crypto')],
  ['domain-is-pure', 'src/domain', typed('events')],
  ['domain-is-pure', 'src/domain', "export const fs = require('node:fs');\n"],
  ['domain-is-pure', 'src/domain', "export const later = () => import('../http/app');\n"],
  ['domain-is-pure', 'src/domain', "export * from '../contracts/commands';\n"],
  ['domain-is-pure', 'src/domain', "export const fs = process.getBuiltinModule('node:fs');\n"],
  ['contracts-are-plain-shapes', 'src/contracts', value('zod')],
  ['contracts-are-plain-shapes', 'src/contracts', typed('zod')],
  ['contracts-are-plain-shapes', 'src/contracts', value('./api/orders')],
  ['contracts-are-plain-shapes', 'src/contracts', value('node:crypto')],
  ['contracts-are-plain-shapes', 'src/contracts', typed('../stores/orders-store')],
  ['contracts-use-domain-types-only', 'src/contracts', value('../domain/decision')],
  ['contracts-use-domain-types-only', 'src/contracts', "export { value } from '../domain/decision';\n"],
  ['api-contracts-are-schemas', 'src/contracts/api', value('../../stores/orders-store')],
  ['api-contracts-are-schemas', 'src/contracts/api', value('express')],
  ['api-contracts-are-schemas', 'src/contracts/api', value('node:crypto')],
  ['workflows-are-deterministic', 'workflows', value('../src/stores/orders-store')],
  ['workflows-are-deterministic', 'workflows', typed('../src/contracts/api/orders')],
  ['workflows-are-deterministic', 'workflows', value('../src/temporal/connection')],
  ['workflows-are-deterministic', 'workflows', value('node:crypto')],
  ['workflows-are-deterministic', 'workflows', value('@temporalio/client')],
  ['workflows-are-deterministic', 'workflows', value('zod')],
  ['workflows-are-deterministic', 'workflows/orders', value('../../src/stores/orders-store')],
  ['workflows-are-deterministic', 'workflows/engine', value('@temporalio/client')],
  ['workflows-meet-in-the-engine', 'workflows/orders', value('../trips/book-trip')],
  ['workflows-meet-in-the-engine', 'workflows/trips', typed('../orders/create-orders')],
  ['workflows-meet-in-the-engine', 'workflows/engine', value('../orders/create-orders')],
  ['workflows-use-domain-types-only', 'workflows', value('../src/domain/decision')],
  ['workflows-use-domain-types-only', 'workflows/engine', value('../../src/domain/decision')],
  [
    'workflows-use-domain-types-only',
    'workflows',
    "import { type Value, value } from '../src/domain/decision';\nexport const own: Value = value;\n",
  ],
  [
    'workflows-use-domain-types-only',
    'workflows',
    `${typed('../src/domain/decision')}import { value } from '../src/domain/decision';\nexport const again = value;\n`,
  ],
  ['workflows-use-activity-types-only', 'workflows', value('../activities/activities')],
  ['workflows-use-activity-types-only', 'workflows/orders', value('../../activities/activities')],
  ['activities-load-decide-save', 'activities', value('../src/contracts/api/orders')],
  ['activities-load-decide-save', 'activities', value('../src/stores/generated/orders/client')],
  ['activities-load-decide-save', 'activities', value('../src/intake/intake')],
  ['activities-load-decide-save', 'activities', value('../src/recovery/watch')],
  ['activities-load-decide-save', 'activities', value('../workflows/orders/create-orders')],
  ['activities-load-decide-save', 'activities', value('@temporalio/workflow')],
  ['activities-load-decide-save', 'activities', value('pg')],
  ['activities-load-decide-save', 'activities', value('node:fs')],
  ['stores-know-sql-only', 'src/stores', value('../intake/intake')],
  ['stores-know-sql-only', 'src/stores', value('../contracts/api/orders')],
  ['stores-know-sql-only', 'src/stores', value('../../activities/activities')],
  ['stores-know-sql-only', 'src/stores', value('../main/api')],
  ['stores-know-sql-only', 'src/stores', value('zod')],
  ['intake-gathers-commands', 'src/intake', value('../http/app')],
  ['inventory-room-setup', 'src/domain/inventory/setup', typed('../supply/supply')],
  ['inventory-room-supply', 'src/domain/inventory/supply', typed('../limits/demand')],
  ['inventory-room-limits', 'src/domain/inventory/limits', typed('../offer/offer')],
  ['inventory-room-offer', 'src/domain/inventory/offer', typed('../reservation/reserve')],
  ['inventory-room-reservation', 'src/domain/inventory/reservation', value('../elsewhere/file')],
  ['stores-room-postgres', 'src/stores/postgres', value('../log/event-log')],
  ['stores-room-log', 'src/stores/log', value('../orders/orders-store')],
  ['stores-room-orders', 'src/stores/orders', value('../inventory/inventory-store')],
  ['stores-room-inventory', 'src/stores/inventory', typed('../credit/credit-store')],
  ['stores-room-credit', 'src/stores/credit', value('../orders/orders-store')],
  ['stores-room-trips', 'src/stores/trips', value('../inventory/inventory-store')],
  ['stores-room-webhooks', 'src/stores/webhooks', value('../orders/orders-store')],
  ['stores-room-archive', 'src/stores/archive', value('../orders/orders-store')],
  ['audit-compares-logs-with-rows', 'src/audit', value('../http/app')],
  ['audit-compares-logs-with-rows', 'src/audit', value('../events/subscriptions/follow')],
  ['stores-know-sql-only', 'src/stores', value('../audit/audit')],
  ['http-room-framework', 'src/http/framework', value('../orders/orders-routes')],
  ['http-room-commands', 'src/http/commands', value('../orders/orders-routes')],
  ['http-room-credit', 'src/http/credit', value('../commands/take-command')],
  ['http-room-inventory', 'src/http/inventory', value('../orders/orders-routes')],
  ['http-room-event-feed', 'src/http/event-feed', value('../orders/orders-routes')],
  ['http-room-webhooks', 'src/http/webhooks', value('../event-feed/events-routes')],
  ['http-room-insights', 'src/http/insights', value('../event-feed/events-routes')],
  ['http-room-trips', 'src/http/trips', value('../orders/orders-routes')],
  ['http-room-orders', 'src/http/orders', value('../trips/trips-routes')],
  ['http-room-operator', 'src/http/operator', value('../event-feed/events-routes')],
  ['http-room-sign-in', 'src/http/sign-in', value('../orders/orders-routes')],
  ['http-room-system', 'src/http/system', value('../commands/take-command')],
  ['intake-gathers-commands', 'src/intake', value('../contracts/api/orders')],
  ['intake-gathers-commands', 'src/intake', value('../stores/generated/orders/client')],
  ['intake-gathers-commands', 'src/intake', value('@temporalio/worker')],
  ['intake-gathers-commands', 'src/intake', value('../recovery/watch')],
  ['intake-gathers-commands', 'src/intake', typed('@temporalio/client')],
  ['intake-uses-temporal-types-only', 'src/intake', value('../temporal/connection')],
  ['recovery-watches-due-rows', 'src/recovery', value('../http/app')],
  ['recovery-watches-due-rows', 'src/recovery', value('../events/subscriptions/follow')],
  ['recovery-watches-due-rows', 'src/recovery', value('../main/api')],
  ['recovery-watches-due-rows', 'src/recovery', value('../contracts/api/orders')],
  ['recovery-watches-due-rows', 'src/recovery', value('../stores/generated/orders/client')],
  ['recovery-watches-due-rows', 'src/recovery', value('../../workflows/orders/create-orders')],
  ['recovery-watches-due-rows', 'src/recovery', typed('@temporalio/client')],
  ['recovery-watches-due-rows', 'src/recovery', value('pg')],
  ['recovery-uses-temporal-types-only', 'src/recovery', value('../temporal/connection')],
  ['temporal-is-the-connection', 'src/temporal', value('../domain/decision')],
  ['temporal-is-the-connection', 'src/temporal', value('../stores/orders-store')],
  ['temporal-is-the-connection', 'src/temporal', value('../main/api')],
  ['temporal-is-the-connection', 'src/temporal', value('zod')],
  ['http-translates', 'src/http', value('../temporal/connection')],
  ['http-translates', 'src/http', value('../stores/generated/orders/client')],
  ['http-translates', 'src/http', value('../../workflows/orders/create-orders')],
  ['http-translates', 'src/http', value('../main/api')],
  ['http-translates', 'src/http', value('../recovery/watch')],
  ['http-translates', 'src/http', value('@temporalio/client')],
  ['http-translates', 'src/http', value('pg')],
  ['events-follow-the-logs', 'src/events', value('../http/app')],
  ['events-follow-the-logs', 'src/events', value('../contracts/api/orders')],
  ['events-follow-the-logs', 'src/events', value('../intake/intake')],
  ['events-follow-the-logs', 'src/events', value('../recovery/watch')],
  ['events-follow-the-logs', 'src/events', typed('../temporal/connection')],
  ['events-follow-the-logs', 'src/events', value('pg')],
  ['events-room-subscriptions', 'src/events/subscriptions', value('../handlers/order-fills')],
  ['events-room-projections', 'src/events/projections', value('../handlers/order-fills')],
  ['events-room-handlers', 'src/events/handlers', value('../projections/availability-projection')],
  ['events-room-webhooks', 'src/events/webhooks', value('../handlers/order-fills')],
  ['events-room-channels', 'src/events/channels', value('../handlers/order-fills')],
  ['page-calls-the-api', 'web', value('../src/domain/decision')],
  ['page-calls-the-api', 'web/pages/orders', typed('../../../src/http/app')],
  ['page-calls-the-api', 'web/api', value('express')],
  ['page-calls-the-api', 'web/api', value('node:crypto')],
  ['page-uses-types-of-the-api-only', 'web/api', value('../../src/contracts/api/orders')],
  ['page-uses-types-of-the-api-only', 'web/pages', value('zod')],
  ['web-room-api', 'web/api', value('../parts/words')],
  ['web-room-parts', 'web/parts', value('../pages/orders-page')],
  ['web-room-pages', 'web/pages', value('../styles/page')],
  ['web-room-styles', 'web/styles', value('../parts/words')],
  ['client-is-for-other-systems', 'client', value('../src/contracts/commands')],
  ['client-is-for-other-systems', 'client', value('zod')],
  ['examples-use-the-client', 'examples/follower', value('../../src/contracts/commands')],
  ['choreography-reacts-to-logs', 'examples/choreography', value('../../activities/activities')],
  ['choreography-reacts-to-logs', 'examples/choreography', value('../../src/intake/intake')],
  [
    'choreography-orders-knows-its-own-store',
    'examples/choreography/orders',
    value('../../../src/stores/credit/credit-store'),
  ],
  [
    'choreography-inventory-knows-its-own-store',
    'examples/choreography/inventory',
    value('../../../src/stores/orders/orders-store'),
  ],
  [
    'choreography-credit-knows-its-own-store',
    'examples/choreography/credit',
    typed('../../../src/stores/inventory/inventory-store'),
  ],
  ['tools-brokers-runs-servers', 'tools/brokers', value('../../src/contracts/commands')],
  ['tools-helm-finds-a-program', 'tools/helm', value('../../src/contracts/commands')],
  ['observability-shows-what-is', 'src/observability', value('../http/app')],
  ['observability-shows-what-is', 'src/observability', value('node:fs')],
  ['tracing-knows-spans-only', 'src/tracing', value('../domain/decision')],
  ['tracing-knows-spans-only', 'src/tracing', value('pg')],
  ['providers-talk-to-third-parties', 'src/providers', value('../stores/orders-store')],
  ['providers-talk-to-third-parties', 'src/providers', value('../domain/decision')],
  ['providers-talk-to-third-parties', 'src/providers', value('zod')],
  ['tools-simulator-knows-nobody', 'tools/simulator', value('../../src/contracts/commands')],
  ['tools-simulator-knows-nobody', 'tools/simulator', value('../../src/main/settings')],
  ['tools-simulator-knows-nobody', 'tools/simulator', value('../processes/ports')],
  ['tools-simulator-knows-nobody', 'tools/simulator', value('zod')],
  ['nobody-knows-the-simulator', 'tools/local', value('../simulator/faults')],
  ['nobody-knows-the-simulator', 'scripts', typed('../tools/simulator/faults')],
  ['tools-processes-know-the-machine', 'tools/processes', value('../local/banner')],
  ['tools-processes-know-the-machine', 'tools/processes', value('../../src/main/settings')],
  ['tools-processes-know-the-machine', 'tools/processes', value('pg')],
  ['tools-postgres-runs-a-server', 'tools/postgres', value('../temporal/temporal-server')],
  ['tools-postgres-runs-a-server', 'tools/postgres', value('../../src/stores/orders-store')],
  ['tools-temporal-runs-a-server', 'tools/temporal', value('../postgres/postgres-server')],
  ['tools-temporal-runs-a-server', 'tools/temporal', value('../../src/temporal/connection')],
  ['tools-temporal-runs-a-server', 'tools/temporal', value('@temporalio/worker')],
  ['tools-temporal-cluster-runs-a-cluster', 'tools/temporal-cluster', value('../local/banner')],
  ['tools-temporal-cluster-runs-a-cluster', 'tools/temporal-cluster', value('../../src/temporal/connection')],
  ['tools-local-starts-all-of-it', 'tools/local', value('../../src/stores/orders-store')],
  ['tools-local-starts-all-of-it', 'tools/local', value('../../src/main/api')],
  ['tools-local-starts-all-of-it', 'tools/local', typed('../../src/main/roles/api-role')],
  ['tools-local-starts-all-of-it', 'tools/local', value('../../scripts/demo')],
  ['tools-local-starts-all-of-it', 'tools/local', value('../../test/support/fixture')],
  ['tools-local-starts-all-of-it', 'tools/local', value('pg')],
  ['tools-use-domain-types-only', 'tools/local', value('../../src/domain/decision')],
  ['nothing-shipped-imports-tools-scripts-or-tests', 'src/main', value('../../test/support/fixture')],
  ['nothing-shipped-imports-tools-scripts-or-tests', 'src/main', value('../../scripts/demo')],
  ['nothing-shipped-imports-tools-scripts-or-tests', 'src/main', value('../../tools/local/banner')],
  ['main-room-roles', 'src/main/roles', value('../cli/key-commands')],
  ['main-room-cli', 'src/main/cli', value('../roles/listening')],
  ['declared-packages-only', 'src/main', value('undici')],
  ['declared-packages-only', 'src/main', value('package-of-a-package')],
  ['everything-resolves', 'src/main', value('./nowhere')],
  ['everything-resolves', 'src/domain', value('./nowhere')],
  ['everything-resolves', 'scripts', value('no-such-package')],
  ['relative-imports-only', 'test', value('src/domain/decision')],
];

/** Every import that the layers allow. */
const LAWFUL: readonly (readonly [folder: string, imports: readonly string[]])[] = [
  [
    'examples/choreography/credit',
    [
      value('../../../src/stores/credit/credit-store'),
      value('../../../src/events/subscriptions/follow'),
      value('../../../src/domain/decision'),
    ],
  ],
  ['src/domain/inventory/offer', [value('../limits/demand'), value('../supply/supply')]],
  ['src/stores/trips', [value('../orders/orders-store'), value('../log/event-log')]],
  ['src/audit', [value('../stores/orders/orders-store'), value('../domain/decision'), value('./audit')]],
  ['src/http/operator', [value('../orders/orders-routes'), value('../framework/operation'), value('../app')]],
  [
    'web/pages',
    [
      value('../parts/words'),
      value('../api/client'),
      value('../../src/contracts/commands'),
      typed('../../src/contracts/api/orders'),
      typed('zod'),
      value('preact'),
    ],
  ],
  ['src/domain/order', [value('../decision'), 'export const at = new Date(0);\n']],
  ['src/contracts', [typed('../domain/decision'), value('./commands')]],
  [
    'src/contracts/api',
    [
      value('../../domain/decision'),
      value('../commands'),
      value('./orders'),
      value('zod'),
      value('zod-openapi'),
    ],
  ],
  [
    'workflows',
    [
      value('./orders/create-orders'),
      value('../src/contracts/commands'),
      typed('../src/domain/decision'),
      "import { type Value } from '../src/domain/decision';\nexport type Own = Value;\n",
      "import type * as activities from '../activities/activities';\nexport type Own = typeof activities;\n",
      value('@temporalio/workflow'),
      value('@temporalio/common'),
    ],
  ],
  ['workflows/orders', [value('../engine/plan-run'), value('./create-orders')]],
  [
    'activities',
    [
      value('./activities'),
      value('../src/contracts/commands'),
      value('../src/domain/decision'),
      value('../src/stores/orders-store'),
      value('../src/providers/hotel'),
      value('@temporalio/activity'),
      value('@temporalio/common'),
    ],
  ],
  [
    'src/stores',
    [
      value('./generated/orders/client'),
      value('../contracts/commands'),
      value('../domain/decision'),
      value('@prisma/client'),
      value('@prisma/adapter-pg'),
      value('pg'),
      value('node:fs'),
    ],
  ],
  [
    'src/intake',
    [
      value('../contracts/commands'),
      value('../domain/decision'),
      value('../stores/orders-store'),
      typed('../temporal/connection'),
      value('node:timers/promises'),
    ],
  ],
  [
    'src/recovery',
    [
      value('./watch'),
      value('../contracts/commands'),
      value('../domain/decision'),
      value('../stores/orders-store'),
      value('../intake/intake'),
      typed('../temporal/connection'),
      value('node:timers/promises'),
    ],
  ],
  [
    'src/temporal',
    [
      value('../contracts/commands'),
      value('@temporalio/client'),
      value('@temporalio/worker'),
      value('node:path'),
    ],
  ],
  [
    'src/http',
    [
      value('../contracts/api/orders'),
      value('../contracts/commands'),
      value('../domain/decision'),
      value('../intake/intake'),
      value('../stores/orders-store'),
      value('express'),
      value('zod'),
      value('node:crypto'),
    ],
  ],
  ['src/providers', [value('../contracts/commands'), value('node:timers/promises')]],
  [
    'src/events',
    [
      value('../contracts/commands'),
      value('../domain/decision'),
      value('../stores/orders-store'),
      value('node:timers/promises'),
    ],
  ],
  ['tools/simulator', [value('./faults'), value('express'), value('node:crypto')]],
  ['tools/processes', [value('./ports'), value('node:child_process')]],
  ['tools/postgres', [value('../processes/ports'), value('pg'), value('node:fs')]],
  ['tools/temporal', [value('../processes/ports'), value('../../src/contracts/commands')]],
  ['tools/temporal', [value('@temporalio/client')]],
  ['tools/temporal-cluster', [value('../temporal/temporal-server'), value('../processes/ports')]],
  [
    'tools/local',
    [
      value('../processes/ports'),
      value('../postgres/postgres-server'),
      value('../temporal/temporal-server'),
      value('../../src/main/settings'),
      value('../../src/main/project-root'),
      value('../../src/main/roles/listening'),
      value('../../src/main/cli/key-commands'),
      typed('../../src/domain/decision'),
    ],
  ],
  [
    'src/main',
    [
      value('../http/app'),
      value('../stores/generated/orders/client'),
      value('@temporalio/client'),
      value('pg'),
    ],
  ],
  ['scripts', [value('../src/main/api'), value('../tools/local/banner'), value('undici')]],
  ['test', [value('../scripts/demo'), value('../tools/simulator/faults'), value('../src/domain/decision')]],
  ['src/main/roles', [value('../settings'), value('./listening')]],
];

const fileOf = (kind: string, folder: string, index: number) => `${folder}/${kind}-${index}.ts`;
const LAWFUL_FILES = LAWFUL.flatMap(([folder, contents]) =>
  contents.map((content, index) => [fileOf('lawful', folder, index), content] as const),
);
const CIRCLES = [
  { kind: 'of values', files: { 'src/main/one.ts': value('./two'), 'src/main/two.ts': value('./one') } },
  { kind: 'of types', files: { 'src/stores/one.ts': typed('./two'), 'src/stores/two.ts': typed('./one') } },
];
const CIRCULAR_FILES = CIRCLES.flatMap(({ files }) => Object.entries(files));

let fired: ReadonlyMap<string, readonly string[]>;
let tree: PlantedTree;

beforeAll(() => {
  tree = new PlantedTree(['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']);
  const declared = [...Object.keys(PACKAGES.dependencies), ...Object.keys(PACKAGES.devDependencies)];
  for (const name of [...declared, 'package-of-a-package']) tree.install(name);
  for (const place of PLACES)
    tree.write(`${place}.ts`, 'export const value = 1;\nexport type Value = number;\n');
  for (const [file, content] of [...LAWFUL_FILES, ...CIRCULAR_FILES]) tree.write(file, content);
  for (const [index, [, folder, content]] of VIOLATIONS.entries())
    tree.write(fileOf('planted', folder, index), content);
  fired = rulesByFile(tree);
});

afterAll(() => tree.remove());

/** Runs the rules once over all planted files. Returns the rules that fired, by importing file. */
function rulesByFile(planted: PlantedTree): ReadonlyMap<string, readonly string[]> {
  const folders = ['src', 'workflows', 'activities', 'web', 'client', 'examples', 'tools', 'scripts', 'test'];
  const bin = 'dependency-cruiser/bin/dependency-cruise.mjs';
  const report = JSON.parse(planted.run(bin, ['--output-type', 'json', ...folders]));
  const found = report.summary.violations as { from: string; rule: { name: string; severity: string } }[];
  const rules = new Map<string, string[]>();
  for (const { from, rule } of found) {
    expect(rule.severity).toBe('error');
    const known = rules.get(from) ?? [];
    if (!known.includes(rule.name)) rules.set(from, [...known, rule.name]);
  }
  return rules;
}

describe('a planted violation is found by its rule and no other', () => {
  test.each(
    VIOLATIONS.map(
      ([rule, folder, content], index) => [rule, folder, content.split('\n')[0], index] as const,
    ),
  )('%s: in %s, %s', (rule, folder, _content, index) => {
    expect(fired.get(fileOf('planted', folder, index))).toEqual([rule]);
  });

  test.each(CIRCLES)('no-circles: $kind, told once for each circle', ({ files }) => {
    const told = Object.keys(files).flatMap((file) => fired.get(file) ?? []);
    expect(told).toEqual(['no-circles']);
  });

  test('no rule is without one', () => {
    const planted = new Set([...VIOLATIONS.map(([rule]) => rule), 'no-circles']);
    expect([...planted].sort()).toEqual(RULES.map(({ name }) => name).sort());
  });
});

test('what the layers are there for is lawful', () => {
  expect(LAWFUL_FILES.length).toBeGreaterThan(40);
  expect(
    LAWFUL_FILES.filter(([file]) => fired.has(file)).map(([file, content]) => [content, fired.get(file)]),
  ).toEqual([]);
});

test('nothing fires but where a violation was planted', () => {
  const planted = [
    ...VIOLATIONS.map(([, folder], index) => fileOf('planted', folder, index)),
    ...CIRCULAR_FILES.map(([file]) => file),
  ];
  expect([...fired.keys()].filter((file) => !planted.includes(file))).toEqual([]);
});

describe('the rules', () => {
  test.each(RULES.map(({ name, comment }) => [name, comment]))(
    '%s says what to do instead',
    (_name, comment) => {
      expect(comment?.length).toBeGreaterThan(60);
    },
  );

  test('govern every folder that holds code: a new one needs a rule of its own', () => {
    const governed = (folder: string) =>
      RULES.some(
        ({ name, from }) => !GENERAL.includes(name) && new RegExp(from.path ?? '^$').test(`${folder}/a.ts`),
      );
    const folders = ['src', 'tools'].flatMap((layer) =>
      readdirSync(path.join(PROJECT_ROOT, layer), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${layer}/${name}`),
    );
    const ungoverned = [...folders, 'workflows', 'activities', 'client', 'examples'].filter(
      (folder) => !governed(folder),
    );
    expect(ungoverned).toEqual(['src/main']);
  });

  test.each(['src', 'tools'])('no code lies in %s itself, where no rule looks', (layer) => {
    const files = readdirSync(path.join(PROJECT_ROOT, layer), { withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name)).toEqual([]);
  });
});

/** Rules about all code, which define no layer. */
const GENERAL = [
  'nobody-knows-the-simulator',
  'nothing-shipped-imports-tools-scripts-or-tests',
  'tools-use-domain-types-only',
  'declared-packages-only',
  'relative-imports-only',
  'everything-resolves',
  'no-circles',
];
