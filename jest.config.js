const swc = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];

// Jest cannot load packages that are ES modules only. Node itself can.
const ES_MODULES = '@platformatic|jose|oauth4webapi|openid-client';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.stryker-tmp/'],
  transform: {
    '^.+\\.ts$': swc('typescript'),
    [`/node_modules/(${ES_MODULES})/.+\\.js$`]: swc('ecmascript'),
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
  maxWorkers: 2,
  // Jest does not give back the modules of a file that is done: a worker with gigabytes of them mostly collects garbage.
  workerIdleMemoryLimit: '1GB',
  // Guards against hanging only: what a test takes depends on what runs beside it.
  testTimeout: 240_000,
};
