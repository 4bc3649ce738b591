import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MiniStack } from '../emulators/ministack.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { createStack } from './gap-stack.ts';
import { jsonAnswerOf } from './json-answer.ts';
import type { Pbx } from './pbx.ts';
import { pbxAt } from './pbx.ts';

const minutes = 60_000;
const ref = (Ref: string) => ({ Ref });
const arn = { 'Fn::GetAtt': ['Function', 'Arn'] };
const code = `exports.handler = async ({ body }) => {
  console.info('called');
  if (body === 'fail') throw new Error('failed');
  return { statusCode: 200, body: 'taken' };
};`;

/** A function behind an API that takes one request a second. */
const template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: code } },
        ...{ Role: { 'Fn::GetAtt': ['Role', 'Arn'] }, ReservedConcurrentExecutions: 5 },
      },
    },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'gap', ProtocolType: 'HTTP' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ...{ ApiId: ref('Api'), IntegrationType: 'AWS_PROXY' },
        ...{ IntegrationUri: arn, PayloadFormatVersion: '2.0' },
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ...{ ApiId: ref('Api'), RouteKey: 'POST /' },
        Target: { 'Fn::Join': ['/', ['integrations', ref('Integration')]] },
      },
    },
    Stage: {
      Type: 'AWS::ApiGatewayV2::Stage',
      Properties: {
        ...{ ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
        DefaultRouteSettings: { ThrottlingRateLimit: 1, ThrottlingBurstLimit: 1 },
      },
    },
    Log: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: 'gap', DataProtectionPolicy: { Name: 'tokens', Statement: [] } },
    },
  },
  Outputs: { Api: { Value: ref('Api') }, Function: { Value: ref('Function') } },
};

let miniStack: MiniStack;
let api: Pbx;
let functionName: string;
beforeAll(async () => {
  miniStack = await startMiniStack('http://127.0.0.1:9');
  const outputs = await createStack(miniStack.url, 'gap', template);
  functionName = outputs.get('Function') ?? '';
  api = pbxAt(miniStack.url, `http://${outputs.get('Api')}.execute-api.127.0.0.1`);
}, 2 * minutes);
afterAll(() => miniStack?.close());

/** Where MiniStack is not as AWS with functions and what stands around them: as in gaps.test.ts. */
it.each<[gap: string, inItsPlace: string, probe: () => Promise<unknown>, seen: unknown]>([
  [
    'takes bodies of any length, and so never answers 413',
    'what the function itself refuses is shown; how the client takes it, test/client',
    async () => (await api.post('/', 'x'.repeat(10 * 1024 * 1024 + 1))).status,
    200,
  ],
  [
    'counts no requests of a stage, and so never answers 429',
    "the brake's is shown; how the client takes it, test/client",
    async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => api.post('/', 'one')));
      return new Set(answers.map(({ status }) => status));
    },
    new Set([200]),
  ],
  [
    'answers 502 for a function that failed, where AWS has 500 and a message that says nothing',
    "the authorizer's failure is shown; our functions never fail",
    async () => (await api.post('/', 'fail')).status,
    502,
  ],
  [
    'reserves nothing, whatever the template says',
    'test/lib looks at the template',
    () => jsonAnswerOf(miniStack.url, 'lambda', `/2019-09-30/functions/${functionName}/concurrency`),
    {},
  ],
  [
    'keeps no data protection policy of a log group',
    'test/lib looks at the template',
    () => jsonAnswerOf(miniStack.url, 'logs', 'GetDataProtectionPolicy', { logGroupIdentifier: 'gap' }),
    expect.objectContaining({ __type: 'InvalidOperationException' }),
  ],
])('MiniStack %s (in its place: %s)', async (_gap, _instead, probe, seen) => {
  expect(await probe()).toEqual(seen);
});
