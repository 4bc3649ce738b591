import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSettings, readSettings } from '../../lib/settings.ts';
import { apple, domain, faultsOf, fcm, huawei, least, webPush } from './settings-examples.ts';

describe('what would fail while it is deployed', () => {
  test.each(['cn-north-1', 'eu-central-2', 'ap-southeast-4', 'eu', undefined])('region %s', (region) => {
    expect(faultsOf({ ...least, region })).toEqual([
      expect.stringMatching(/^region: expected a region where SNS has mobile push: us-east-1, /),
    ]);
  });

  test('more provisioned than reserved concurrency', () => {
    expect(faultsOf({ ...least, provisionedConcurrency: 5, reservedConcurrency: 4 })).toEqual([
      'provisionedConcurrency: expected at most reservedConcurrency, 4, got 5',
    ]);
    expect(faultsOf({ ...least, provisionedConcurrency: 4, reservedConcurrency: 4 })).toEqual([]);
  });

  test("more apps than a function's environment holds", () => {
    const apps = (count: number, bundleId: string) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`brand-${n}`, { fcm, apple: { ...apple, bundleId } }]),
      );
    expect(faultsOf({ ...least, apps: apps(30, 'com.example.brand') })).toEqual([]);
    expect(faultsOf({ ...least, apps: apps(31, 'com.example.brand') })).toEqual([
      'apps: expected an object with 1 to 30 apps, named by 1 to 32 of a-z, 0-9 and -, got an object',
    ]);
    expect(faultsOf({ ...least, apps: apps(30, `com.example.${'brand'.repeat(22)}`) })).toEqual([
      expect.stringMatching(
        /^apps: expected apps that fit a function's environment .*, got 30 apps of \d+ bytes$/,
      ),
    ]);
  });

  describe.each(['AWSCURRENT', '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51'])(
    'what Huawei and Web Push need stands in the same environment, with %s as its secrets’ versions',
    (version) => {
      const example: unknown = JSON.parse(
        readFileSync('pns-proxy.example.json', 'utf8').replaceAll('AWSCURRENT', version),
      );
      const { demo } = parseSettings(example).apps;
      const named = (count: number, name: string, app: unknown) =>
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name}-${n}`, app]));

      test.each([
        ['the example’s', 4, (count: number) => named(count, 'demo', demo)],
        [
          'those with Huawei and Web Push alone',
          5,
          (count: number) => named(count, 'demo', { huawei: demo?.huawei, webPush: demo?.webPush }),
        ],
        [
          'the example’s, of thirty',
          2,
          (count: number) => ({
            ...named(30 - count, 'plain', { fcm: demo?.fcm, apple: demo?.apple }),
            ...named(count, 'demo', demo),
          }),
        ],
      ])('%s: %i fit, and one more does not', (_, most, apps) => {
        expect(faultsOf({ ...least, apps: apps(most) })).toEqual([]);
        expect(faultsOf({ ...least, apps: apps(most + 1) })).toEqual([
          expect.stringMatching(/Huawei and Web Push sides in 3072 bytes\), got \d+ apps of 3\d{3} bytes$/),
        ]);
      });
    },
  );

  test('a label that is longer than a version’s id counts as it is', () => {
    const side = { ...webPush, secretVersion: 'v'.repeat(256) };
    const apps = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`brand-${n}`, { webPush: side }]));
    expect(faultsOf({ ...least, apps: apps(6) })).toEqual([]);
    expect(faultsOf({ ...least, apps: apps(7) })).toEqual([
      expect.stringMatching(/got 7 apps of 3\d{3} bytes$/),
    ]);
  });
});

test('delivery status for more applications than two stacks hold', () => {
  const apps = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`brand-${n}`, { fcm, apple }]));
  expect(faultsOf({ ...least, apps: apps(20), deliveryStatus: true })).toEqual([]);
  expect(faultsOf({ ...least, apps: apps(21) })).toEqual([]);
  expect(faultsOf({ ...least, apps: apps(21), deliveryStatus: true })).toEqual([
    'deliveryStatus: expected false with more than 100 platform applications (one for Google and four for Apple in each app), got true with 105',
  ]);
});

describe('a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pns-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (content: string): string => {
    const file = join(folder, 'pns-proxy.json');
    writeFileSync(file, content);
    return file;
  };

  test('is read', () => {
    expect(readSettings(written(JSON.stringify(least)))).toEqual(parseSettings(least));
  });

  test('with faults: each is named behind the file', () => {
    const file = written(JSON.stringify({ ...least, ringSeconds: 1, keepWarm: 1 }));
    expect(() => readSettings(file)).toThrow(
      `${file}: ringSeconds: expected a whole number from 5 to 120, got 1\n${file}: keepWarm: expected true or false, got 1`,
    );
  });

  test('that is no JSON', () => {
    const file = written('{"region": }');
    expect(() => readSettings(file)).toThrow(`${file}: expected JSON`);
  });

  test('that is not there', () => {
    expect(() => readSettings(join(folder, 'none.json'))).toThrow('none.json: expected a readable file');
  });
});

test('the example is valid and documents every field', () => {
  const file = join(import.meta.dirname, '../../pns-proxy.example.json');
  expect(readSettings(file).apps).toHaveProperty('demo');
  const text = readFileSync(file, 'utf8');
  const fieldsAt = (settings: unknown): string[] =>
    (/there are (.*)$/.exec(faultsOf(settings).at(-1) ?? '')?.[1] ?? '').split(', ');
  const top = fieldsAt({ ...least, none: 1 });
  expect(top).toContain('keepWarm');
  for (const field of top) expect(text).toContain(`"// ${field}": "`);
  const nested = [
    { apps: { demo: { none: 1, fcm } } },
    { apps: { demo: { fcm: { ...fcm, none: 1 } } } },
    { apps: { demo: { apple: { ...apple, none: 1 } } } },
    { apps: { demo: { huawei: { ...huawei, none: 1 } } } },
    { apps: { demo: { huawei: { ...huawei, v2: { ...huawei.v2, none: 1 } } } } },
    { apps: { demo: { webPush: { ...webPush, none: 1 } } } },
    { domain: { ...domain, none: 1 } },
    { throttle: { none: 1 } },
    { brake: { none: 1 } },
    { guard: { none: 1 } },
  ].flatMap((wrong) => fieldsAt({ ...least, ...wrong }));
  expect(nested).toContain('bundleId');
  for (const field of nested) expect(text).toContain(`"${field}": `);
});
