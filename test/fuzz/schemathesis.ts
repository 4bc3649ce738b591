import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import { installSchemathesis } from '../emulators/install.ts';

type Run = {
  /** The OpenAPI document, a file. */
  document: string;
  url: string;
  /** The header of that name. @default - none is sent */
  authorization?: string;
  /** Generated cases of each operation, in each phase that generates. */
  casesEach: number;
  seed: number;
  /** Ends it, which then is a failure. */
  signal: AbortSignal;
  more?: readonly string[];
};

export type Answer = {
  /** `POST /push_call` */
  route: string;
  status: number;
  body: string;
};

const reportSchema = v.object({
  complete: v.boolean(),
  exit_code: v.number(),
  test_cases: v.object({ generated: v.number() }),
});

const base64 = v.object({ $base64: v.string() });
const eventSchema = v.object({
  ScenarioFinished: v.object({
    recorder: v.object({
      interactions: v.optional(
        v.record(
          v.string(),
          v.object({
            request: v.object({ method: v.string(), uri: v.string() }),
            response: v.nullable(v.object({ status_code: v.number(), content: v.nullish(base64) })),
          }),
        ),
        {},
      ),
    }),
  }),
});

const answersOf = (event: unknown): Answer[] => {
  if (!v.is(eventSchema, event)) return [];
  const { interactions } = v.parse(eventSchema, event).ScenarioFinished.recorder;
  return Object.values(interactions).flatMap(({ request, response }) => {
    // What was not answered is an error of the run.
    if (response === null) return [];
    const body = Buffer.from(response.content?.$base64 ?? '', 'base64').toString();
    const route = `${request.method} ${new URL(request.uri).pathname}`;
    return [{ route, status: response.status_code, body }];
  });
};

/** Sends an endpoint what its OpenAPI document tells it takes, and what it tells it refuses. */
export const runSchemathesis = async ({
  document,
  url,
  authorization,
  casesEach,
  seed,
  signal,
  more = [],
}: Run) => {
  const bin = await installSchemathesis();
  const folder = mkdtempSync(join(tmpdir(), 'pns-fuzz-'));
  const args = [
    // As a script of Python: those of a venv that was moved do not find it.
    ...[join(bin, 'schemathesis'), '--no-color', '--config-file', resolve('test/fuzz/schemathesis.toml')],
    ...['run', document, '--url', url, '--seed', String(seed), '--max-examples', String(casesEach)],
    ...[
      '--continue-on-failure',
      '--report',
      'json,ndjson',
      '--report-dir',
      folder,
      '--request-timeout',
      '30',
    ],
    ...(authorization === undefined ? [] : ['--header', `Authorization: ${authorization}`]),
    ...more,
  ];
  try {
    const output = await new Promise<string>((done) => {
      // It keeps what it learns where it runs: a folder of its own, that each run begins alike.
      const limits = { cwd: folder, signal, maxBuffer: 64 * 1024 * 1024 };
      execFile(join(bin, 'python'), args, limits, (_, stdout, stderr) => done(stdout + stderr));
    });
    signal.throwIfAborted();
    const read = (ending: string): string => {
      const file = readdirSync(folder).find((name) => name.endsWith(ending));
      if (file === undefined) throw new Error(`schemathesis gave no report: ${output}`);
      return readFileSync(join(folder, file), 'utf8');
    };
    const report = v.parse(reportSchema, JSON.parse(read('.json')));
    return {
      output,
      cases: report.test_cases.generated,
      foundNothing: report.complete && report.exit_code === 0,
      answers: read('.ndjson')
        .split('\n')
        .filter((line) => line !== '')
        .flatMap((line) => answersOf(JSON.parse(line))),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
};
