import { createServer } from 'node:http';
import {
  CreatePlatformEndpointCommand,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSnsGateway } from '../../lambda/aws/sns-gateway.ts';
import { snsPlatformOf } from '../../lambda/aws/sns-message.ts';
import type { SnsApplication } from '../../lambda/core/registration.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import type { ErrorCode } from '../../local/sns/errors.ts';
import { createApplication, isEndpointEnabled } from '../local/sns/actions.ts';
import type { Cloud } from '../local/sns/cloud.ts';
import { account, bundleId, region, startCloud } from '../local/sns/cloud.ts';
import { appleToken, callPush, fcmToken, noon } from '../support/builders.ts';
import { createMemoryGateway } from '../support/memory-gateway.ts';
import type { GatewaySubject } from '../support/push-gateway-contract.ts';
import { absent, applications, describePushGateway } from '../support/push-gateway-contract.ts';

const inMemory = (): GatewaySubject => {
  const sns = createMemoryGateway();
  sns.removeApplication(absent);
  const find = (arn: string) => sns.endpoints().find((endpoint) => endpoint.arn === arn);
  return {
    gateway: sns.gateway,
    bundleId,
    isEnabled: async (arn) => find(arn)?.enabled,
    disable: async (arn) => sns.disable(arn),
    setApplicationEnabled: async (application, enabled) => sns.setApplicationEnabled(application, enabled),
    refuse: (reason) => sns.intercept(reason && (() => reason)),
    delivered: async () => sns.published.map(({ token, push }) => ({ token, uuid: uuidIn(push.body) })),
  };
};

/** The call that a body is about, wherever in it the provider wants the data. */
const uuidIn = (body: unknown): string => /"uuid":"([0-9a-f-]{36})"/.exec(JSON.stringify(body))?.[1] ?? '';

const memory = inMemory();
describePushGateway('in memory', () => memory);

const errorCodes = {
  throttled: 'Throttled',
  unavailable: 'InternalError',
  'not-authorized': 'AuthorizationError',
} as const satisfies Record<string, ErrorCode>;
const settings = { arn: `arn:aws:sns:${region}:${account}`, prefix: 'pns-proxy' };
const applicationArn = (application: SnsApplication) =>
  `${settings.arn}:app/${snsPlatformOf(application)}/${settings.prefix}-${application.app}`;

const clientOf = (port: number) =>
  new SNSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
const anyEndpoint = `${settings.arn}:endpoint/GCM/${settings.prefix}-demo/1`;
const anyPush = { platform: 'fcm', body: { data: {} }, ttlSeconds: 30 } as const;

let cloud: Cloud;
let onSns: GatewaySubject;
beforeAll(async () => {
  let refused: ErrorCode | undefined;
  cloud = await startCloud({ refuse: () => refused });
  for (const application of applications) {
    const name = `${settings.prefix}-${application.app}`;
    await createApplication(cloud, snsPlatformOf(application), {}, name);
  }
  const setEnabled = (EndpointArn: string, Enabled: string) =>
    cloud.client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled } }));
  onSns = {
    gateway: createSnsGateway(cloud.client, settings),
    bundleId,
    isEnabled: (arn) => isEndpointEnabled(cloud.client, arn).catch(() => undefined),
    disable: async (arn) => void (await setEnabled(arn, 'false')),
    setApplicationEnabled: async (application, enabled) => {
      const set = new SetPlatformApplicationAttributesCommand({
        PlatformApplicationArn: applicationArn(application),
        Attributes: { Enabled: String(enabled) },
      });
      await cloud.client.send(set);
    },
    refuse: (reason) => {
      refused = reason && errorCodes[reason];
    },
    delivered: async () => {
      await cloud.sns.idle();
      return cloud.pushes.list().map(({ token, payload }) => ({ token, uuid: uuidIn(payload) }));
    },
  };
});
afterAll(() => cloud.close());
describePushGateway('on SNS', () => onSns);

describe('push gateway on SNS: what only the real one meets', () => {
  const call = { callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };
  const pushOf = (uuid: string) => callPush('apns-voip', { bundleId }, { ...call, uuid }, 27);
  const [google, , voip] = applications;

  it('reaches Apple as a VoIP push, with the headers of one', async () => {
    const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-aaaaaaaaaaaa';
    const arn = await onSns.gateway.createEndpoint(voip, appleToken('headers'));
    await onSns.gateway.publish({ endpointArn: arn }, pushOf(uuid), new AbortController().signal);
    await cloud.sns.idle();
    const arrived = cloud.pushes.list().filter(({ payload }) => uuidIn(payload) === uuid);
    expect(arrived).toMatchObject([
      {
        provider: 'apple',
        environment: 'production',
        headers: {
          'apns-push-type': 'voip',
          'apns-topic': `${bundleId}.voip`,
          'apns-priority': '10',
          'apns-collapse-id': uuid,
        },
        payload: { aps: {}, type: 'call', uuid, callee: '101' },
      },
    ]);
  });

  it('adopts an endpoint of the same token that somebody made with other attributes', async () => {
    const token = fcmToken('somebody’s');
    const made = new CreatePlatformEndpointCommand({
      PlatformApplicationArn: applicationArn(google),
      Token: token,
      CustomUserData: 'an earlier system’s',
    });
    const { EndpointArn } = await cloud.client.send(made);
    expect(await onSns.gateway.createEndpoint(google, token)).toBe(EndpointArn);
  });

  it('takes a message that SNS refuses for a fault of ours, which costs no token', async () => {
    const arn = await onSns.gateway.createEndpoint(google, fcmToken('too long'));
    const push = { platform: 'fcm', body: { data: { text: 'x'.repeat(4_096) } }, ttlSeconds: 30 } as const;
    const publish = onSns.gateway.publish({ endpointArn: arn }, push, new AbortController().signal);
    await expect(publish).rejects.toMatchObject({ reason: 'invalid-notification' });
    expect(await onSns.isEnabled(arn)).toBe(true);
  });

  it('takes an endpoint in another account for one it may not use', async () => {
    const arn = (await onSns.gateway.createEndpoint(google, fcmToken('moved'))).replace(
      account,
      '999999999999',
    );
    await expect(onSns.gateway.enableEndpoint(arn)).rejects.toMatchObject({ reason: 'not-authorized' });
  });
});

describe('push gateway: an SNS that takes a connection and does not answer', () => {
  it('ends the request when it is aborted, so that nothing goes out later', async () => {
    const arrived = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const hung = await listenOnLoopback(
      createServer((request) => {
        request.resume().socket.once('close', ended.resolve);
        arrived.resolve();
      }),
    );
    const client = clientOf(hung.port);
    try {
      const controller = new AbortController();
      const publish = createSnsGateway(client, settings).publish(
        { endpointArn: anyEndpoint },
        anyPush,
        controller.signal,
      );
      const refused = expect(publish).rejects.toMatchObject({ reason: 'unavailable' });
      await arrived.promise;
      controller.abort();
      await refused;
      await ended.promise;
    } finally {
      client.destroy();
      await hung.close();
    }
  });
});

describe('push gateway: an SNS that is not there', () => {
  it('is unavailable', async () => {
    const gone = await listenOnLoopback(createServer());
    await gone.close();
    const client = clientOf(gone.port);
    const gateway = createSnsGateway(client, settings);
    await expect(gateway.deleteEndpoint(anyEndpoint)).rejects.toMatchObject({ reason: 'unavailable' });
    client.destroy();
  });
});
