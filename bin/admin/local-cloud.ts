import * as v from 'valibot';
import { AdminError } from './failure.ts';

/** What `npm start` answers under `/_local/info`, as far as it is needed here. */
const infoSchema = v.object({
  aws: v.object({
    region: v.string(),
    tableName: v.string(),
    apiId: v.string(),
    dynamodb: v.pipe(v.string(), v.url()),
    apigateway: v.pipe(v.string(), v.url()),
    sns: v.pipe(v.string(), v.url()),
    apps: v.array(v.string()),
    registrationDays: v.number(),
    applications: v.object({ arn: v.string(), prefix: v.string() }),
  }),
});

export type LocalCloud = v.InferOutput<typeof infoSchema>['aws'];

/** It is on this machine: what it has not answered by now, in milliseconds, it will not. */
const patienceMs = 5_000;

/**
 * Asks the local cloud what it answers under this path.
 *
 * @throws AdminError where none is running there
 */
export const askLocalCloud = async <Schema extends v.GenericSchema>(
  url: string,
  path: `/_local/${string}`,
  schema: Schema,
): Promise<v.InferOutput<Schema>> => {
  const ask = async () => {
    const response = await fetch(new URL(path, url), { signal: AbortSignal.timeout(patienceMs) });
    return { status: response.status, body: await response.text() };
  };
  const { status, body } = await ask().catch((cause: unknown) => {
    throw new AdminError(
      `the local cloud is not running at ${url}: start it with npm start, or give its address: --local URL`,
      { cause },
    );
  });
  const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), body);
  if (status === 200 && answer.success) return answer.output;
  throw new AdminError(
    `what answers at ${url} is not the local cloud (status ${status}): give its address: --local URL`,
  );
};

/** Where the local cloud has its stand-ins for AWS. */
export const findLocalCloud = async (url: string): Promise<LocalCloud> =>
  (await askLocalCloud(url, '/_local/info', infoSchema)).aws;
