import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetPlatformApplicationAttributesCommand,
  ListSubscriptionsCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { beforeAll, describe, expect, it } from 'vitest';
import { fcmToken } from '../support/builders.ts';
import type { Deployed } from './deployed.ts';
import { jsonAnswerOf } from './json-answer.ts';
import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';
import { applicationArn, withBrand } from './world.ts';

const minutes = 60_000;
/** All that may be left out, but for a domain of its own. */
export const optional = {
  ...{ deliveryStatus: true, alarmEmail: 'operator@example.com', keepWarm: true },
  ...{ provisionedConcurrency: 2, reservedConcurrency: 5 },
};

let world: World;
let pbx: Pbx;

const ask = (...asked: [service: 'lambda' | 'events', asked: string, body?: object]) =>
  jsonAnswerOf(world.miniStack.url, ...asked);

const functionNamed = async (part: string): Promise<string> => {
  const { Functions } = Object(await ask('lambda', '/2015-03-31/functions'));
  const names: string[] = Functions.map(({ FunctionName }: { FunctionName: string }) => FunctionName);
  return names.find((name) => name.includes(part)) ?? '';
};
const feedbackOf = async (platform: 'GCM' | 'APNS_VOIP') => {
  const PlatformApplicationArn = applicationArn(platform, 'demo');
  const get = new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn });
  return (await world.mobile.send(get)).Attributes ?? {};
};
const deliveryLogs = async () => {
  const list = new DescribeLogGroupsCommand({ logGroupNamePrefix: 'sns/' });
  return (await new CloudWatchLogsClient(world.client).send(list)).logGroups ?? [];
};
const aPhoneRings = async () => {
  const token = fcmToken('settings');
  await pbx.post('/register', { extension: '101', token, platform: 'fcm', app: 'demo' });
  const { body } = await pbx.post('/push_call', { to: '101' });
  expect(body).toMatchObject({ devices: 1, accepted: 1 });
  const isCall = (payload: unknown) => Object(payload).message?.data?.uuid === body['uuid'];
  await world.pushes.next(({ payload }) => isCall(payload), 20_000);
};

export const describeSettings = (deployed: () => Deployed): void => {
  describe('with every optional setting', () => {
    beforeAll(async () => {
      world = deployed().world;
      pbx = deployed().endpoint.withKey(await deployed().addKey('--pbx', 'pbx-settings'));
    });

    it('calls go to the copies of push_call that are always started', async () => {
      const name = await functionNamed('PushCall');
      const live = `/2019-09-30/functions/${name}/provisioned-concurrency?Qualifier=live`;
      expect(await ask('lambda', live)).toMatchObject({ RequestedProvisionedConcurrentExecutions: 2 });
      await aPhoneRings();
    });

    it('what is kept warm takes what it is sent for that, and does nothing', async () => {
      const { Rules } = Object(await ask('events', 'ListRules', {}));
      expect(Rules).toMatchObject([{ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' }]);
      const { Targets } = Object(await ask('events', 'ListTargetsByRule', { Rule: Rules[0].Name }));
      world.asked.length = 0;
      const answers = await Promise.all(
        Targets.map(({ Arn, Input }: { Arn: string; Input: string }) =>
          ask('lambda', `/2015-03-31/functions/${encodeURIComponent(Arn)}/invocations`, JSON.parse(Input)),
        ),
      );
      expect(answers).toEqual([{ statusCode: 204, headers: {}, body: '' }, { isAuthorized: false }]);
      expect(Targets.map(({ Arn }: { Arn: string }) => Arn.split(':').slice(6).join(':'))).toEqual([
        `${await functionNamed('PushCall')}:live`,
        await functionNamed('Authorize'),
      ]);
      expect(world.asked).toEqual([]);
    });

    it('SNS is told to log what becomes of each push, into log groups that keep it for 3 days', async () => {
      for (const platform of ['GCM', 'APNS_VOIP'] as const) {
        const role = expect.stringMatching(/^arn:aws:iam::000000000000:role\//);
        expect(await feedbackOf(platform)).toMatchObject({
          ...{ SuccessFeedbackRoleArn: role, FailureFeedbackRoleArn: role, SuccessFeedbackSampleRate: '100' },
        });
        const name = `sns/us-east-1/000000000000/app/${platform}/pns-demo`;
        for (const logGroupName of [name, `${name}/Failure`])
          expect(await deliveryLogs()).toContainEqual(
            expect.objectContaining({ logGroupName, retentionInDays: 3, metricFilterCount: 1 }),
          );
      }
    });

    it('the operator is subscribed to the alarms', async () => {
      const { Subscriptions = [] } = await new SNSClient(world.client).send(new ListSubscriptionsCommand({}));
      expect(Subscriptions.filter(({ Protocol }) => Protocol === 'email')).toMatchObject([
        { Endpoint: 'operator@example.com', TopicArn: expect.stringContaining('pns-monitoring') },
      ]);
    });
  });
};

/** To be called last. */
export const describeTakenBack = (): void => {
  it(
    'taken back, nothing is logged any more, and phones ring as before',
    async () => {
      const updated = await world.cdk.deploy(withBrand);
      expect(updated, updated.output).toMatchObject({ succeeded: true });
      const { SuccessFeedbackRoleArn, FailureFeedbackRoleArn } = await feedbackOf('GCM');
      expect([SuccessFeedbackRoleArn, FailureFeedbackRoleArn].filter(Boolean)).toEqual([]);
      expect(await deliveryLogs()).toEqual([]);
      await aPhoneRings();
    },
    5 * minutes,
  );
};
