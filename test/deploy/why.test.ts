import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import {
  CloudFormationClient,
  CreateStackCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import type { MiniStack } from '../emulators/ministack.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { startCloud } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';

/*
 * `pns-admin why` against CloudWatch Logs. MiniStack's functions do not log as JSON (gaps-of-events.test.ts), so that the lines are
 * those of the same functions in the local cloud, which writes them as Lambda does, put where Lambda would put them.
 */
const stack = 'pns';
const groups = {
  PushCallLog: 'pns-push-call',
  PushCancelLog: 'pns-push-cancel',
  PushMessageLog: 'pns-push-message',
  FeedbackLog: 'pns-feedback',
} as const;
const template = {
  Resources: Object.fromEntries(
    Object.entries(groups).map(([id, LogGroupName]) => [
      id,
      { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName, RetentionInDays: 30 } },
    ]),
  ),
  Outputs: Object.fromEntries(Object.keys(groups).map((id) => [id, { Value: { Ref: id } }])),
};

let miniStack: MiniStack;
let cloud: Awaited<ReturnType<typeof startCloud>>;
let message: string;
const android = fcmToken('uninstalled');
const [uuid, callId] = [randomUUID(), 'f81d4fae"quoted"@pbx'];

beforeAll(async () => {
  [miniStack, cloud] = await Promise.all([startMiniStack('http://127.0.0.1:9'), startCloud()]);
  const client = {
    region: 'us-east-1',
    endpoint: miniStack.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const cloudFormation = new CloudFormationClient(client);
  const TemplateBody = JSON.stringify(template);
  await cloudFormation.send(new CreateStackCommand({ StackName: stack, TemplateBody }));
  await waitUntilStackCreateComplete(
    { client: cloudFormation, maxWaitTime: 30, minDelay: 1, maxDelay: 1 },
    { StackName: stack },
  );

  const other = await cloud.otherPbx('pbx-2');
  const extension = '101';
  await cloud.pbx.post('/register', { extension, token: android, platform: 'fcm' });
  const iphone = { token: appleToken('iphone'), platform: 'apns-voip', deviceId: 'iphone-1' };
  await cloud.pbx.post('/register', { extension, ...iphone });
  await other.post('/register', { extension, token: fcmToken('theirs'), platform: 'fcm' });
  await cloud.setFault({ token: android, fault: 'UNREGISTERED' });
  await cloud.pbx.post('/push_call', { to: extension, uuid, callId });
  await other.post('/push_call', { to: extension, callId });
  await cloud.idle();
  await cloud.pbx.post('/push_call', { to: extension });
  await cloud.pbx.post('/push_cancel', { to: extension, uuid, reason: 'caller_hung_up' });
  const { body } = await cloud.pbx.post('/push_message', { to: extension, from: '102', kind: 'message' });
  message = String(body['uuid']);

  const logs = new CloudWatchLogsClient(client);
  const lines = cloud.logs.map((line) => ({ line, read: JSON.parse(line) }));
  for (const [logGroupName, operation] of [
    [groups.PushCallLog, 'push_call'],
    [groups.PushCancelLog, 'push_cancel'],
    [groups.PushMessageLog, 'push_message'],
    [groups.FeedbackLog, 'feedback'],
  ]) {
    const stream = { logGroupName, logStreamName: '2026/11/22/[$LATEST]1' };
    await logs.send(new CreateLogStreamCommand(stream));
    const logEvents = lines
      .filter(({ read }) => read.message.operation === operation)
      .map(({ line, read }) => ({ message: line, timestamp: Date.parse(read.timestamp) }));
    await logs.send(new PutLogEventsCommand({ ...stream, logEvents }));
  }
}, 120_000);
afterAll(() => Promise.all([miniStack?.close(), cloud?.close()]));

const why = async (...args: string[]) => {
  const command = ['bin/pns-admin.ts', 'why', ...args, '--json', '--stack', stack];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...process.env, ...miniStack.environment },
  });
  return JSON.parse(stdout);
};

it('finds a call and what SNS told of it later, in the log groups that the stack names', async () => {
  const { calls, searched } = await why('--uuid', uuid);
  expect(calls).toMatchObject([{ pbxId: 'pbx-1', extension: '101', uuid, callId }]);
  const [{ timeline, phones }] = calls;
  expect(timeline.map(({ step }: { step: string }) => step).toSorted()).toEqual([
    ...['answered', 'answered', 'asked', 'asked', 'found', 'found'],
    // The cancel finds neither: the Android phone was refused, and the iPhone has no token for it.
    ...['not-published', 'published', 'published', 'refused-later'],
  ]);
  expect(phones).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ phone: 'iphone-1', state: 'pushed' }),
      expect.objectContaining({
        ...{ phone: fingerprintOf(android), state: 'refused-later', reason: 'InvalidPlatformToken' },
      }),
    ]),
  );
  expect(Date.parse(searched.since)).toBeLessThanOrEqual(Date.parse(timeline[0].at));
});

it('keeps PBXs apart that have the same extension and Call-ID', async () => {
  const pbxsOf = async (...args: string[]) =>
    (await why(...args)).calls.map(({ pbxId }: { pbxId: string }) => pbxId);
  expect(await pbxsOf('--extension', '101', '--pbx', 'pbx-1')).toEqual(['pbx-1', 'pbx-1']);
  expect(await pbxsOf('--extension', '101', '--pbx', 'pbx-2')).toEqual(['pbx-2']);
  expect(await pbxsOf('--call', callId, '--pbx', 'pbx-2')).toEqual(['pbx-2']);
  expect((await pbxsOf('--call', callId)).toSorted()).toEqual(['pbx-1', 'pbx-2']);
});

it('finds a message where it is asked for', async () => {
  const of = async (...args: string[]) =>
    (await why(...args)).calls.map(({ about, uuid: found }: Record<string, string>) => [about, found]);
  expect(await of('--uuid', message)).toEqual([['message', message]]);
  expect(await of('--extension', '101', '--pbx', 'pbx-1', '--messages')).toEqual([['message', message]]);
});

it('says what was looked through where there is no such call', async () => {
  await expect(why('--uuid', randomUUID())).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /no such call or message in the log groups pns-push-call, pns-push-cancel, pns-push-message since \d{4}-/,
    ),
  });
});
