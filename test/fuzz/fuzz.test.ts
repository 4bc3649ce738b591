import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey, writeKey } from '../../lambda/core/key.ts';
import type { Settings } from '../../lib/settings.ts';
import { type LocalCloud, startLocalCloud } from '../../local/cloud.ts';
import { demoSettings } from '../../local/settings.ts';
import { installSchemathesis } from '../emulators/install.ts';
import { operations, written } from '../http/support/document.ts';
import { apiRequests } from '../http/support/routes.ts';
import { type Answer, runSchemathesis } from './schemathesis.ts';

const seed = 20_261_123;
const leastCases = 5_000;
/** All runs together, in milliseconds: what takes longer fails. */
const longestMs = 5.5 * 60_000;
/** Never the first to end: the installation has a limit of its own, and all that follows has the one above. */
const timeout = 15 * 60_000;

let folder: string;
let document: string;
/** Faster than schemathesis asks: no brake is met. */
let cloud: LocalCloud;
let signal: AbortSignal;
const seen: Answer[] = [];
let cases = 0;

const start = (brake: Settings['brake']) =>
  startLocalCloud({ settings: { ...demoSettings(), brake }, port: 0, onLog: () => {} });

beforeAll(async () => {
  await installSchemathesis();
  signal = AbortSignal.timeout(longestMs);
  folder = mkdtempSync(join(tmpdir(), 'pns-fuzz-'));
  document = join(folder, 'openapi.json');
  cloud = await start({ callsPerSecond: 10_000, burst: 100_000 });
  writeFileSync(document, servedDocument(await aBrowser()));
}, timeout);
afterAll(async () => {
  await cloud.close();
  rmSync(folder, { recursive: true });
  process.stdout.write(`seed ${seed}: ${cases} cases\n`);
});

/** What `/register` takes of a browser. */
const aBrowser = async (): Promise<string> => {
  const response = await fetch(new URL('/_local/subscriptions', cloud.info.url), { method: 'POST' });
  return v.parse(v.object({ token: v.string() }), await response.json()).token;
};

/**
 * The document of every deployment cannot name the apps that this one serves; nor can a pattern say what a point on a curve
 * is, or whether an address is there.
 */
const servedDocument = (subscription: string): string => {
  const { App, RegisterRequest, ...schemas } = written.components.schemas;
  const text = JSON.stringify(RegisterRequest);
  const anySubscription = JSON.stringify({ type: 'string', pattern: '^\\{.*\\}$' });
  expect(text).toContain(anySubscription);
  const served = {
    ...schemas,
    App: { ...App, enum: ['demo'] },
    RegisterRequest: JSON.parse(text.replace(anySubscription, JSON.stringify({ const: subscription }))),
  };
  return JSON.stringify({ ...written, components: { ...written.components, schemas: served } });
};

const run = async (casesEach: number, authorization?: string) => {
  const done = await runSchemathesis({
    document,
    url: cloud.info.url,
    casesEach,
    seed,
    signal,
    ...(authorization !== undefined && { authorization }),
  });
  seen.push(...done.answers);
  cases += done.cases;
  expect(done.foundNothing, done.output).toBe(true);
  return done.answers;
};

/** Which statuses a route answered with. */
const statuses = (answers: readonly Answer[], route: string): number[] =>
  [...new Set(answers.filter((answer) => answer.route === route).map(({ status }) => status))].sort();

describe(`schemathesis, seed ${seed}`, () => {
  test('finds nothing with a key, and has every route take and refuse something', { timeout }, async () => {
    const answers = await run(200, `Bearer ${cloud.info.key}`);
    for (const route of apiRequests)
      expect(statuses(answers, route), route).toEqual(expect.arrayContaining([200, 400]));
    expect(statuses(answers, 'POST /update')).toContain(404);
    // Calls found the phones that were registered before.
    expect(answers.filter(({ body }) => body.includes('"accepted":true')).length).toBeGreaterThan(50);
  });

  test('finds nothing without a key: every answer is 401', { timeout }, async () => {
    const answers = await run(50);
    for (const route of apiRequests) expect(statuses(answers, route), route).toEqual([401]);
  });

  test.each([
    ['unknown', `Bearer ${writeKey(makeKey())}`],
    ['mistyped', `Bearer ${writeKey(makeKey()).slice(0, -1)}-`],
  ])('finds nothing with a key that is %s: every answer is 403', { timeout }, async (_, authorization) => {
    const answers = await run(50, authorization);
    for (const route of apiRequests) expect(statuses(answers, route), route).toEqual([403]);
  });

  test('finds nothing where the brake answers 429', { timeout }, async () => {
    const braked = await start({ callsPerSecond: 1, burst: 1 });
    try {
      const { foundNothing, output, answers } = await runSchemathesis({
        document,
        url: braked.info.url,
        authorization: `Bearer ${braked.info.key}`,
        casesEach: 50,
        seed,
        signal,
        more: ['--include-path', '/push_call'],
      });
      seen.push(...answers);
      expect(foundNothing, output).toBe(true);
      expect(statuses(answers, 'POST /push_call')).toEqual(expect.arrayContaining([200, 429]));
    } finally {
      await braked.close();
    }
  });

  test('was answered nothing that is not documented, and no 5xx', () => {
    const undocumented = seen.filter(({ route, status, body }) => {
      const documented = operations[route]?.responses[status];
      // As the document says of a path or method that is not listed.
      if (operations[route] === undefined) return status !== 404 || body !== '{"message":"Not Found"}';
      return documented === undefined || status >= 500;
    });
    expect(undocumented.map(({ route, status }) => `${route} ${status}`)).toEqual([]);
  });

  test(`sent ${leastCases} cases and more`, () => expect(cases).toBeGreaterThanOrEqual(leastCases));
});
