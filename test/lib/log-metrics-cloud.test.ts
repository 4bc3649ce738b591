import {
  DeletePlatformApplicationCommand,
  SetPlatformApplicationAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { startCloud } from '../local/support.ts';
import { fcmToken } from '../support/builders.ts';
import { type Filter, filtersOf, measured } from './metric-filters.ts';
import { templatesOf } from './synthesized.ts';

const settings = parseSettings({
  region: 'eu-west-1',
  apps: { demo: { fcm: { projectId: 'demo-project', secret: 'demo' } } },
  guard: { refusals: 1 },
});
const groups = {
  push_call: 'OperationsPushCallLog',
  register: 'OperationsRegisterLog',
  update: 'OperationsUpdateLog',
  feedback: 'DeliveryFeedbackLog',
};

let filters: Filter[];
let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  filters = filtersOf(templatesOf().monitoring);
  cloud = await startCloud({ settings });
});
afterAll(() => cloud.close());

type Operation = keyof typeof groups;
/** What the lines that an operation has logged since the last look add to its metrics. */
const metricsOf = async (...operations: Operation[]): Promise<Record<string, number>[]> => {
  await cloud.idle();
  const lines = cloud.logs.splice(0).map((line) => JSON.parse(line));
  return operations.map((operation) => {
    const own = lines.filter(({ message }) => message?.operation === operation);
    expect(own.length, operation).toBeGreaterThan(0);
    return measured(filters, groups[operation], own);
  });
};
const register = (request: { extension: string; deviceId?: string }) =>
  cloud.pbx.post('/register', { token: fcmToken(request.extension), platform: 'fcm', ...request });
const call = (request: object) => cloud.pbx.post('/push_call', request);

test.each(['kept-by-guard', 'application-disabled', 'not-authorized'])(
  'a caller who writes "%s" wherever he may sounds nothing',
  async (name) => {
    await register({ extension: name, deviceId: name });
    await call({ to: name, callId: name, only: [name] });
    await cloud.pbx.post('/update', { oldToken: fcmToken(name), newToken: fcmToken(`${name}2`) });
    expect(await metricsOf('register', 'push_call', 'update')).toEqual([
      {},
      { Calls: 1, CallsSilent: 0, Phones: 1, Accepted: 1, PushesTaken: 1 },
      {},
    ]);
  },
);

test('a provider that is down is measured, though each push was taken', async () => {
  await register({ extension: '200' });
  await cloud.setFault({ provider: 'google', fault: '503' });
  await call({ to: '200', ringSeconds: 5 });
  // SNS tries again 10 s later: it is too late then.
  const failed = () => cloud.logs.some((line) => line.includes('"operation":"feedback"'));
  await expect.poll(failed, { timeout: 25_000 }).toBe(true);
  const [pushed, reported] = await metricsOf('push_call', 'feedback');
  expect(pushed).toMatchObject({ Accepted: 1 });
  expect(reported).toEqual({ PushesExpired: 1, ProviderDown: 1, PushesLost: 1 });
  await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
});

test('tokens that the guard keeps are measured, whichever function learns of them', async () => {
  for (const extension of ['301', '302', '303']) await register({ extension });
  await cloud.setFault({ provider: 'google', fault: 'UNREGISTERED' });
  for (const to of ['301', '302', '303']) {
    await call({ to });
    await cloud.idle();
  }
  const [, reported] = await metricsOf('push_call', 'feedback');
  expect(reported).toEqual({ TokensRefused: 3, FleetGuard: 2 });
  await call({ to: '303' });
  const [pushed] = await metricsOf('push_call');
  expect(pushed).toMatchObject({ FleetGuard: 1, CallsSilent: 1, 'Failed-endpoint-disabled': 1 });
});

test('an application that SNS has disabled, or that is gone, is measured, whichever function learns of it', async () => {
  await register({ extension: '400' });
  await register({ extension: '401' });
  await metricsOf('register');
  const { sns, region, applications } = cloud.info.aws;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new SNSClient({ endpoint: sns, region, credentials });
  const application = { PlatformApplicationArn: `${applications.arn}:app/GCM/${applications.prefix}-demo` };
  const disabled = { ...application, Attributes: { Enabled: 'false' } };
  await client.send(new SetPlatformApplicationAttributesCommand(disabled));
  await call({ to: '400' });
  const [pushed] = await metricsOf('push_call');
  expect(pushed).toMatchObject({ ApplicationDisabled: 1, CallsSilent: 1, 'Failed-application-disabled': 1 });

  await client.send(new DeletePlatformApplicationCommand(application));
  client.destroy();
  await register({ extension: '402' });
  await cloud.pbx.post('/update', { oldToken: fcmToken('401'), newToken: fcmToken('403') });
  const gone = { ApplicationDisabled: 1 };
  expect(await metricsOf('register', 'update')).toEqual([gone, gone]);
});
