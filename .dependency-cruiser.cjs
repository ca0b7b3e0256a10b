/**
 * Who may import whom (docs/architecture.md). Each layer is a closed list of what it may import: whatever is not
 * listed is a violation, so that a new package or folder is a decision. test/architecture plants a violation of
 * every rule and sees it fire.
 */

const NAMES = '^src/names/';
const DOMAIN = '^src/domain/';
const CONTRACTS = '^src/contracts/(?!api(/|[.]))';
const API_CONTRACTS = '^src/contracts/api(/|[.])';
const STORES = '^src/stores/(?!generated/)';
const GENERATED = '^(src/stores|client)/generated/';
const TRACING = '^src/tracing/(spans|traceparent|attributes)[.]ts$';
const NODE_BUILTINS = 'core';

/** Everything a package consists of, wherever npm has put it. */
const packages = (...names) => names.map((name) => `(^|/)node_modules/${name}/`);

/** A layer may import what is listed and nothing else. */
const layer = (name, { from, mayImport, builtins = false, instead }) => ({
  name,
  severity: 'error',
  comment: instead,
  from: { path: from, pathNot: GENERATED },
  to: {
    pathNot: mayImport,
    couldNotResolve: false,
    ...(builtins ? { dependencyTypesNot: [NODE_BUILTINS] } : {}),
  },
});

/** The rooms of a layer: a room may import those that are listed for it, and no other one. */
const rooms = (name, folder, mayImport, instead) =>
  Object.entries(mayImport).map(([room, others]) => ({
    name: `${name}-room-${room}`,
    severity: 'error',
    comment: instead,
    from: { path: `^${folder}/${room}/` },
    to: {
      path: `^${folder}/[^/]+/`,
      pathNot: [room, 'generated', ...others].map((own) => `^${folder}/${own}/`),
    },
  }));

/** What is imported for its types leaves no trace at run time; `import type` says so. */
const typesOnly = (name, { from, of, instead }) => ({
  name,
  severity: 'error',
  comment: instead,
  from: { path: from },
  to: { path: of, dependencyTypesNot: ['type-only'] },
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    layer('names-know-nothing', {
      from: NAMES,
      mayImport: [NAMES],
      instead:
        'Every layer builds its names here, workflows too: pass in the parts of a name, and import nothing.',
    }),
    layer('domain-is-pure', {
      from: DOMAIN,
      mayImport: [NAMES, DOMAIN],
      instead:
        'The domain decides on plain data. Pass in what it needs (the time, what was loaded) as an argument, and keep packages, I/O and shapes of the wire in the layers around it.',
    }),
    ...rooms(
      'inventory',
      'src/domain/inventory',
      {
        setup: [],
        supply: ['setup'],
        limits: ['setup'],
        offer: ['setup', 'supply', 'limits'],
        reservation: ['setup', 'supply', 'limits', 'offer'],
      },
      'Supply and limits know nothing of each other; an offer is made of both, and a reservation takes what is offered. What a lower room needs from a higher one belongs lower down.',
    ),
    layer('contracts-are-plain-shapes', {
      from: CONTRACTS,
      mayImport: [NAMES, CONTRACTS, DOMAIN],
      instead:
        'Workflows bundle these files: no package here. A schema that validates belongs in src/contracts/api, which only HTTP reads, and channels the type of a message.',
    }),
    typesOnly('contracts-use-domain-types-only', {
      from: CONTRACTS,
      of: DOMAIN,
      instead:
        'Workflows bundle these files, and a changed decision must not change a replay: `import type` from the domain, and put constants that workflows need here.',
    }),
    layer('api-contracts-are-schemas', {
      from: API_CONTRACTS,
      mayImport: [API_CONTRACTS, CONTRACTS, DOMAIN, ...packages('zod', 'zod-openapi')],
      instead:
        'Describe what callers send and get, with zod. What acts on it belongs in src/http or src/intake.',
    }),
    layer('workflows-are-deterministic', {
      from: '^workflows/',
      mayImport: [
        '^workflows/',
        NAMES,
        CONTRACTS,
        DOMAIN,
        '^activities/',
        ...packages('@temporalio/workflow', '@temporalio/common'),
      ],
      instead:
        'A workflow is replayed: what touches the world is an activity (proxyLocalActivities), what both sides must know is a contract in src/contracts.',
    }),
    typesOnly('workflows-use-domain-types-only', {
      from: '^workflows/',
      of: DOMAIN,
      instead:
        'A decision inside a workflow cannot change without breaking replays: `import type`, and take the decision in an activity.',
    }),
    typesOnly('workflows-use-activity-types-only', {
      from: '^workflows/',
      of: '^activities/',
      instead: 'Call activities through a proxy: `import type * as activities`.',
    }),
    {
      name: 'workflows-meet-in-the-engine',
      severity: 'error',
      comment:
        'A workflow is one command and stands for itself: what several of them share is in workflows/engine, and the engine knows none of them.',
      from: { path: '^workflows/(engine|partners|orders|reservations|trips)/' },
      to: { path: '^workflows/(orders|reservations|trips)/', pathNot: '^workflows/$1/' },
    },
    layer('activities-load-decide-save', {
      from: '^activities/',
      mayImport: [
        '^activities/',
        NAMES,
        DOMAIN,
        CONTRACTS,
        STORES,
        '^src/providers/',
        ...packages('@temporalio/activity', '@temporalio/common'),
      ],
      instead:
        'An activity loads from a store, lets the domain decide, and saves. SQL belongs in src/stores, calls to third parties in src/providers, wiring in src/main.',
    }),
    layer('stores-know-sql-only', {
      from: STORES,
      mayImport: [
        '^src/stores/',
        NAMES,
        CONTRACTS,
        DOMAIN,
        TRACING,
        ...packages('@prisma/[^/]+', '[.]prisma', 'pg'),
      ],
      builtins: true,
      instead:
        'A store turns state and events into SQL and back. Its URL and limits come in as arguments; what drives it belongs in activities or src/http.',
    }),
    ...rooms(
      'stores',
      'src/stores',
      {
        postgres: [],
        log: ['postgres'],
        orders: ['postgres', 'log'],
        inventory: ['postgres', 'log'],
        credit: ['postgres', 'log'],
        trips: ['postgres', 'log', 'orders'],
        webhooks: ['postgres', 'log'],
        archive: ['postgres', 'log'],
      },
      'No store knows another one: what two of them share is in log or postgres, which know none. Trips are decided by commands, whose rows are in orders.',
    ),
    layer('audit-compares-logs-with-rows', {
      from: '^src/audit/',
      mayImport: [
        '^src/audit/',
        '^src/stores/',
        NAMES,
        DOMAIN,
        CONTRACTS,
        ...packages('@prisma/[^/]+', '[.]prisma'),
      ],
      builtins: true,
      instead:
        'An audit folds logs with src/domain and compares them with the rows that src/stores reads. It changes nothing, and nothing but src/main, scripts and tests asks for it.',
    }),
    layer('intake-gathers-commands', {
      from: '^src/intake/',
      mayImport: ['^src/intake/', NAMES, CONTRACTS, DOMAIN, STORES, TRACING, '^src/temporal/'],
      builtins: true,
      instead:
        'The intake gathers commands and has sagas started for them, through what src/main hands it: it knows neither HTTP nor a connection.',
    }),
    layer('recovery-watches-due-rows', {
      from: '^src/recovery/',
      mayImport: [
        '^src/recovery/',
        '^src/intake/',
        NAMES,
        CONTRACTS,
        DOMAIN,
        STORES,
        TRACING,
        '^src/temporal/',
      ],
      builtins: true,
      instead:
        'A watch takes due rows from a store and hands them to what src/main gives it: a command to record, a saga to start.',
    }),
    typesOnly('recovery-uses-temporal-types-only', {
      from: '^src/recovery/',
      of: '^src/temporal/',
      instead:
        'Take a starter as an argument (src/temporal makes it, src/main hands it over): `import type`.',
    }),
    typesOnly('intake-uses-temporal-types-only', {
      from: '^src/intake/',
      of: '^src/temporal/',
      instead:
        'Take a starter as an argument (src/temporal makes it, src/main hands it over): `import type`.',
    }),
    layer('temporal-is-the-connection', {
      from: '^src/temporal/',
      mayImport: ['^src/temporal/', CONTRACTS, TRACING, ...packages('@temporalio/[^/]+')],
      builtins: true,
      instead:
        'Connections, typed starters and the worker only. What starts sagas is src/intake; what wires them is src/main.',
    }),
    layer('http-translates', {
      from: '^src/http/',
      mayImport: [
        '^src/http/',
        NAMES,
        CONTRACTS,
        API_CONTRACTS,
        DOMAIN,
        '^src/intake/',
        STORES,
        TRACING,
        ...packages(
          'express',
          'express-serve-static-core',
          'helmet',
          'pino',
          'pino-http',
          'prom-client',
          'swagger-ui-dist',
          'jsonc-parser',
          'dataloader',
          'jose',
          'zod',
          'zod-openapi',
        ),
      ],
      builtins: true,
      instead:
        'HTTP parses, starts or queries, and answers. Commands go through src/intake, SQL is in src/stores, Temporal is behind what src/main hands over.',
    }),
    ...rooms(
      'http',
      'src/http',
      {
        framework: [],
        commands: ['framework'],
        credit: ['framework'],
        inventory: ['framework', 'commands'],
        'event-feed': ['framework'],
        insights: ['framework'],
        webhooks: ['framework'],
        trips: ['framework', 'commands'],
        orders: ['framework', 'commands', 'event-feed'],
        operator: ['framework', 'commands', 'orders', 'trips'],
        'sign-in': ['framework'],
        system: ['framework'],
      },
      'A room answers about one subject. What several of them need is in framework (any request) or commands (a request that is recorded), which know none of them.',
    ),
    layer('events-follow-the-logs', {
      from: '^src/events/',
      mayImport: [
        '^src/events/',
        NAMES,
        CONTRACTS,
        '^src/contracts/api/cloud-event[.]',
        DOMAIN,
        STORES,
        '^src/providers/',
        ...packages('@nats-io/[^/]+', 'redis', '@redis/[^/]+', '@platformatic/kafka', 'ipaddr[.]js'),
      ],
      builtins: true,
      instead:
        'A subscription reads a log through src/stores and folds with src/domain. What it has done elsewhere comes in as a function (src/main hands it over).',
    }),
    ...rooms(
      'events',
      'src/events',
      {
        subscriptions: [],
        projections: ['subscriptions'],
        handlers: ['subscriptions'],
        channels: ['subscriptions'],
        webhooks: ['subscriptions'],
      },
      'A handler knows the mechanism that runs it, and no other handler.',
    ),
    layer('observability-shows-what-is', {
      from: '^src/observability/',
      mayImport: ['^src/observability/', CONTRACTS, STORES, ...packages('prom-client')],
      instead:
        'A metric reads what stores and counters say. It changes nothing, and only src/main registers it.',
    }),
    layer('tracing-knows-spans-only', {
      from: '^src/tracing/',
      mayImport: ['^src/tracing/', ...packages('@opentelemetry/[^/]+')],
      instead:
        'It makes spans of what it is told: the work, its name and its attributes come in as arguments, from any layer.',
    }),
    layer('providers-talk-to-third-parties', {
      from: '^src/providers/',
      mayImport: [
        '^src/providers/',
        CONTRACTS,
        TRACING,
        ...packages(
          'cockatiel',
          'http-message-signatures',
          'jose',
          'nodemailer',
          '@types/nodemailer',
          'openid-client',
        ),
      ],
      builtins: true,
      instead:
        'A port and the client behind it: it says what a third party answered. What that means is for src/domain, and who asks again for workflows.',
    }),
    layer('page-calls-the-api', {
      from: '^web/',
      mayImport: [
        '^web/',
        NAMES,
        CONTRACTS,
        API_CONTRACTS,
        ...packages('preact', '@preact/signals', 'uplot', 'zod'),
      ],
      instead:
        'The page runs in a browser and knows Holdfast by its API: take the shapes of answers from src/contracts/api and the names of steps from src/contracts, and ask the API for everything else.',
    }),
    typesOnly('page-uses-types-of-the-api-only', {
      from: '^web/',
      of: ['^src/contracts/api(/|[.])', ...packages('zod')],
      instead: 'Schemas weigh more than the whole page: `import type` from src/contracts/api.',
    }),
    ...rooms(
      'web',
      'web',
      { api: [], parts: ['api'], styles: [], pages: ['api', 'parts'] },
      'A page shows one subject with the parts that all pages share; what calls the API is in web/api and knows no page.',
    ),
    layer('client-is-for-other-systems', {
      from: '^client/',
      mayImport: ['^client/', DOMAIN, NAMES],
      instead:
        'Other systems use the client without Holdfast: it shares pure functions with the domain, and needs no package.',
    }),
    layer('examples-use-the-client', {
      from: '^examples/(?!choreography/)',
      mayImport: ['^examples/(?!choreography/)', '^client/'],
      builtins: true,
      instead: 'An example shows what another system can do: it calls the API, and uses the client.',
    }),
    layer('choreography-reacts-to-logs', {
      from: '^examples/choreography/',
      mayImport: ['^examples/choreography/', DOMAIN, CONTRACTS, STORES, '^src/events/subscriptions/'],
      instead:
        'It has the decisions and the stores of the sagas, and nothing of their coordination: no workflow, activity or intake.',
    }),
    ...['orders', 'inventory', 'credit'].map((own) => ({
      name: `choreography-${own}-knows-its-own-store`,
      severity: 'error',
      comment:
        'A participant stands for a service of its own: it knows its store and the events of the others. What it asks them comes in as a function.',
      from: { path: `^examples/choreography/${own}/` },
      to: {
        path: '^(examples/choreography|src/stores)/',
        pathNot: [`^src/stores/(${own}|log|postgres)/`, `^examples/choreography/(${own}/|reaction[.]ts$)`],
      },
    })),
    layer('tools-simulator-knows-nobody', {
      from: '^tools/simulator/',
      mayImport: [
        '^tools/simulator/',
        ...packages('express', 'express-serve-static-core', 'http-message-signatures'),
      ],
      builtins: true,
      instead:
        'It plays third parties, who know nothing of us: what both sides must agree on is what goes over HTTP.',
    }),
    {
      name: 'nobody-knows-the-simulator',
      severity: 'error',
      comment:
        'It is a process of its own (tools/local/simulator.ts) that stands for somebody else: reach it over HTTP, through src/providers.',
      from: {
        path: '^(src|workflows|activities|tools|scripts)/',
        pathNot: '^tools/(simulator/|local/simulator[.]ts$)',
      },
      to: { path: '^tools/simulator/' },
    },
    layer('tools-processes-know-the-machine', {
      from: '^tools/processes/',
      mayImport: ['^tools/processes/'],
      builtins: true,
      instead:
        'Processes, ports and locks of this machine, whatever runs in them. What knows Holdfast belongs in tools/local.',
    }),
    layer('tools-postgres-runs-a-server', {
      from: '^tools/postgres/',
      mayImport: ['^tools/(postgres|processes)/', ...packages('pg')],
      builtins: true,
      instead:
        'It runs an embedded PostgreSQL and knows nothing of what is stored there: schemas belong in src/stores and prisma.',
    }),
    layer('tools-temporal-runs-a-server', {
      from: '^tools/temporal/',
      mayImport: ['^tools/(temporal|processes)/', CONTRACTS, ...packages('@temporalio/client')],
      builtins: true,
      instead:
        'It finds the Temporal CLI and runs its server. Sagas, starters and workers belong in src/temporal.',
    }),
    layer('tools-temporal-cluster-runs-a-cluster', {
      from: '^tools/temporal-cluster/',
      mayImport: [
        '^tools/(temporal-cluster|temporal|processes)/',
        CONTRACTS,
        ...packages('@temporalio/client'),
      ],
      builtins: true,
      instead: 'It runs the full Temporal server. Sagas, starters and workers belong in src/temporal.',
    }),
    layer('tools-brokers-runs-servers', {
      from: '^tools/brokers/',
      mayImport: ['^tools/brokers/', '^tools/processes/'],
      builtins: true,
      instead:
        'This folder starts message brokers for tests, drills and benches. It knows nothing of Holdfast.',
    }),
    layer('tools-helm-finds-a-program', {
      from: '^tools/helm/',
      mayImport: ['^tools/helm/', '^tools/processes/'],
      builtins: true,
      instead: 'This folder finds Helm, or builds it, for the tests of the chart.',
    }),
    layer('tools-local-starts-all-of-it', {
      from: '^tools/local/',
      mayImport: [
        '^tools/',
        DOMAIN,
        '^src/main/(settings|variable-reading|variables|project-root)[.]ts$',
        '^src/main/roles/listening[.]ts$',
        '^src/main/cli/key-commands[.]ts$',
      ],
      builtins: true,
      instead:
        'npm start runs the roles as processes and talks to them over HTTP: it needs their settings and none of their parts.',
    }),
    typesOnly('tools-use-domain-types-only', {
      from: '^tools/',
      of: DOMAIN,
      instead: 'Demo data has the shapes of the domain and leaves every decision to the API: `import type`.',
    }),
    {
      name: 'nothing-shipped-imports-tools-scripts-or-tests',
      severity: 'error',
      comment:
        'The build holds src, workflows and activities only. Move what both need into src; a tool, a script or a test may import it from there.',
      from: { path: '^(src|workflows|activities)/' },
      to: { path: '^(tools|scripts|test)/' },
    },
    ...rooms(
      'main',
      'src/main',
      { roles: [], cli: [] },
      'A role is part of a long-running process, a command of one call. What both need (settings, the root of the project) lies in src/main itself.',
    ),
    {
      name: 'declared-packages-only',
      severity: 'error',
      comment:
        'A package that production code needs stands under "dependencies" in package.json, by its own name: development packages and packages of packages are not there after `npm ci --omit=dev`.',
      from: { path: '^(src|workflows|activities)/', pathNot: GENERATED },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: ['type-only'],
        couldNotResolve: false,
      },
    },
    {
      name: 'relative-imports-only',
      severity: 'error',
      comment:
        'Neither Node nor the workflow bundler knows paths from the root or aliases: import other files of the project by relative path.',
      from: { pathNot: GENERATED },
      to: { dependencyTypes: ['undetermined', 'aliased'], couldNotResolve: false },
    },
    {
      name: 'everything-resolves',
      severity: 'error',
      comment:
        'This import leads nowhere. Install the package by name, or mend the path; `npx tsx scripts/generate-clients.ts` writes the clients of Prisma and of the API.',
      from: { pathNot: GENERATED },
      to: { couldNotResolve: true },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment:
        'Two files that need each other are one, or share a third: move what both need into a file of its own.',
      from: { pathNot: GENERATED },
      to: { circular: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', GENERATED] },
    // The peers of the bench are a package of their own, which is installed only by those who ask for it.
    exclude: { path: '^(dist|[.]holdfast|scripts/bench/peers)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mts', '.cts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
