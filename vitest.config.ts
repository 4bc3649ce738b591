import { defineConfig } from 'vitest/config';

const load = ['test/local/load.test.ts', 'test/pbx/spool/kill.test.ts', 'test/pbx/daemon/kill.test.ts'];
const deploy = ['test/deploy/*.test.ts'];
const templates = ['test/templates/*.test.ts'];
const fuzz = ['test/fuzz/*.test.ts'];
const faults = ['test/faults/*.test.ts'];
const contract = ['test/contract/*.test.ts'];
const samples = ['test/samples/*.test.ts'];

export default defineConfig({
  // Tests see the client's source, whatever was built last.
  resolve: { alias: { 'pns-proxy-client': new URL('client/src/index.ts', import.meta.url).pathname } },
  test: {
    reporters: ['default', './test/support/tally-reporter.ts'],
    // Two cores: files that start servers or synthesize run beside each other, but no more than two.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: ['test/**/*.test.ts'],
          exclude: [...load, ...deploy, ...templates, ...fuzz, ...faults, ...contract, ...samples],
          sequence: { groupOrder: 0 },
        },
      },
      // By themselves: a machine that is busy with something else makes requests time out, and be sent again.
      { extends: true, test: { name: 'load', include: load, sequence: { groupOrder: 1 } } },
      // Not a part of `npm test`: needs Python, Java and Maven.
      {
        extends: true,
        test: {
          name: 'deploy',
          include: deploy,
          globalSetup: ['test/deploy/start-clock.ts'],
          setupFiles: ['test/deploy/in-time.ts'],
          testTimeout: 60_000,
          sequence: { groupOrder: 2 },
        },
      },
      // Not a part of `npm test`: need Python.
      { extends: true, test: { name: 'templates', include: templates, sequence: { groupOrder: 3 } } },
      { extends: true, test: { name: 'fuzz', include: fuzz, sequence: { groupOrder: 4 } } },
      // Not a part of `npm test`: minutes, most of them waiting, so that many cases run beside each other.
      {
        extends: true,
        test: {
          name: 'faults',
          include: faults,
          testTimeout: 90_000,
          maxConcurrency: 12,
          sequence: { groupOrder: 5 },
        },
      },
      // Not a part of `npm test`: needs a DynamoDB that is not ours to fetch.
      { extends: true, test: { name: 'contract', include: contract, sequence: { groupOrder: 6 } } },
      // Not a part of `npm test`: needs Java and Maven, and Debian for Swift.
      {
        extends: true,
        test: { name: 'samples', include: samples, testTimeout: 10_000, sequence: { groupOrder: 7 } },
      },
      // Not a part of `npm test`: takes its time.
      { extends: true, test: { name: 'walk', include: ['test/walk/every-triple/*.walk.ts'] } },
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
