import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteEndpointCommand,
  GetEndpointAttributesCommand,
  SetEndpointAttributesCommand,
} from '@aws-sdk/client-sns';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { snsRetryDelaysMs } from '../../../local/sns/deliver.ts';
import type { SnsOptions } from '../../../local/sns/server.ts';
import { createApplication, createEndpoint, publish } from './actions.ts';
import { bundleId, type Cloud, startCloud } from './cloud.ts';

const call = { aps: {}, type: 'call' };
const voipAttributes = { 'APNS.PUSH_TYPE': 'voip', 'APNS.TOPIC': `${bundleId}.voip` };
const androidCall = { fcmV1Message: { message: { data: { type: 'call' } } } };
const token = 'ab'.repeat(32);

const started: Cloud[] = [];
const start = async (options: Partial<SnsOptions> = {}, providerNow?: () => number): Promise<Cloud> => {
  const cloud = await startCloud(options, providerNow);
  started.push(cloud);
  return cloud;
};
afterEach(async () => {
  await Promise.all(started.splice(0).map((cloud) => cloud.close()));
});

describe('retries', () => {
  it('are 50 within 6 hours, as SNS makes them', () => {
    expect(snsRetryDelaysMs).toHaveLength(50);
    expect(snsRetryDelaysMs.slice(0, 3)).toEqual([10_000, 10_000, 10_000]);
    expect(snsRetryDelaysMs[11]).toBe(600_000);
    const total = snsRetryDelaysMs.reduce((sum, each) => sum + each, 0);
    expect(total / 3_600_000).toBeGreaterThan(6);
    expect(total / 3_600_000).toBeLessThan(7.5);
  });

  it('deliver once the provider is back', async () => {
    const cloud = await start({ retryDelaysMs: Array.from({ length: 500 }, () => 10) });
    const endpoint = await createEndpoint(cloud.client, await createApplication(cloud, 'GCM'), token);
    cloud.faults.set({ token }, '503');
    await publish(cloud.client, endpoint, androidCall, { 'FCM.TTL': '30' });
    await vi.waitFor(() => expect(cloud.requests()).toBeGreaterThan(4), { timeout: 10_000 });
    expect(cloud.pushes.list()).toEqual([]);
    cloud.faults.clear();
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toHaveLength(1);
    expect(cloud.failures()).toEqual([]);
  });

  it('end with the time to live', async () => {
    const cloud = await start({ retryDelaysMs: [5, 60_000] });
    const endpoint = await createEndpoint(cloud.client, await createApplication(cloud, 'GCM'), token);
    cloud.faults.set({ token }, '503');
    await publish(cloud.client, endpoint, androidCall, { 'FCM.TTL': '30' });
    await cloud.sns.idle();
    expect(cloud.events.map(({ body }) => [body['FailureType'], body['DeliveryAttempts']])).toEqual([
      ['NotificationTTLExpired', 2],
    ]);
    expect(cloud.pushes.list()).toEqual([]);
  });

  it.each(['APNS_VOIP', 'GCM'])('send nothing that outlived its time in SNS (%s)', async (platform) => {
    let time = Date.now();
    let step = 0;
    const now = () => {
      time += step;
      return time;
    };
    const cloud = await start({ now });
    const endpoint = await createEndpoint(cloud.client, await createApplication(cloud, platform), token);
    // From here on the clock is 31 s later at each look: at the publish, and then at the delivery.
    step = 31_000;
    await publish(cloud.client, endpoint, platform === 'GCM' ? androidCall : call, {
      ...voipAttributes,
      [`${platform}.TTL`]: '30',
    });
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['NotificationTTLExpired']);
    expect(cloud.pushes.list()).toEqual([]);
  });
});

describe('between publish and delivery', () => {
  it('an endpoint that was disabled or deleted gets nothing', async () => {
    const cloud = await start({ retryDelaysMs: Array.from({ length: 500 }, () => 10) });
    const application = await createApplication(cloud, 'GCM');
    const disabled = await createEndpoint(cloud.client, application, 'disabled'.padEnd(40, 'x'));
    const deleted = await createEndpoint(cloud.client, application, 'deleted'.padEnd(40, 'x'));
    cloud.faults.set({ provider: 'google' }, '503');
    await publish(cloud.client, disabled, androidCall);
    await publish(cloud.client, deleted, androidCall);
    await cloud.client.send(
      new SetEndpointAttributesCommand({ EndpointArn: disabled, Attributes: { Enabled: 'false' } }),
    );
    await cloud.client.send(new DeleteEndpointCommand({ EndpointArn: deleted }));
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toEqual([]);
    expect(cloud.events.map(({ body }) => [body['FailureType'], body['EndpointArn']])).toEqual([
      ['EndpointDisabled', disabled],
    ]);
  });
});

describe('an access token', () => {
  it('that Google no longer knows is replaced within the attempt', async () => {
    const time = 1_790_000_000_000;
    let late = 0;
    // Google's clock alone runs past the end of the token, but not of the assertion that SNS would make.
    const cloud = await start({ now: () => time, retryDelaysMs: [] }, () => time + late);
    const endpoint = await createEndpoint(cloud.client, await createApplication(cloud, 'GCM'), token);
    await publish(cloud.client, endpoint, androidCall);
    await cloud.sns.idle();
    late = 3_599_500;
    await publish(cloud.client, endpoint, androidCall);
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual([]);
    expect(cloud.pushes.list()).toHaveLength(2);
  });
});

describe('one provider', () => {
  it("that hangs does not delay another application's pushes", async () => {
    const cloud = await start({ requestTimeoutMs: 60_000 });
    const google = await createEndpoint(cloud.client, await createApplication(cloud, 'GCM'), 'g'.repeat(40));
    const voip = await createEndpoint(cloud.client, await createApplication(cloud, 'APNS_VOIP'), token);
    const sandbox = await createApplication(cloud, 'APNS_VOIP_SANDBOX');
    const other = await createEndpoint(cloud.client, sandbox, 'cd'.repeat(32));
    cloud.faults.set({ provider: 'google' }, 'hang');
    cloud.faults.set({ token }, 'hang');
    await publish(cloud.client, google, androidCall);
    await publish(cloud.client, voip, call, voipAttributes);
    await publish(cloud.client, other, call, voipAttributes);
    await cloud.pushes.next((push) => push.token === 'cd'.repeat(32), 5000);
    expect(cloud.pushes.list()).toHaveLength(1);
  });

  it.each(['APNS_VOIP', 'GCM'])(
    'that never answers its connections is given up in time (%s)',
    async (platform) => {
      const silent = createServer();
      const sockets = new Set<{ destroy(): void }>();
      silent.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)));
      silent.listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = silent.address();
      const url = `https://127.0.0.1:${typeof address === 'object' ? address?.port : address}`;
      const cloud = await start({
        apple: { production: url, sandbox: url },
        google: { url },
        retryDelaysMs: [1],
        requestTimeoutMs: 200,
      });
      try {
        const application = await createApplication(cloud, platform);
        const [one, two] = await Promise.all([
          createEndpoint(cloud.client, application, token),
          createEndpoint(cloud.client, application, 'cd'.repeat(32)),
        ]);
        const payload = platform === 'GCM' ? androidCall : call;
        await publish(cloud.client, one, payload, voipAttributes);
        await publish(cloud.client, two, payload, voipAttributes);
        await cloud.sns.idle();
        expect(cloud.failures()).toEqual(['DependencyUnavailable', 'DependencyUnavailable']);
      } finally {
        for (const socket of sockets) socket.destroy();
        silent.close();
      }
    },
  );
});

describe('with a file', () => {
  it('applications and endpoints survive a restart, and their credentials serve', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sns-'));
    try {
      const file = join(dir, 'sns.sqlite');
      const before = await startCloud({ file });
      const application = await createApplication(before, 'APNS_VOIP');
      const arn = await createEndpoint(before.client, application, token);
      await before.close();
      const after = await start({ file });
      const { Attributes } = await after.client.send(new GetEndpointAttributesCommand({ EndpointArn: arn }));
      expect(Attributes).toEqual({ Enabled: 'true', Token: token });
      expect(await createEndpoint(after.client, application, token)).toBe(arn);
      await publish(after.client, arn, call, voipAttributes);
      await after.sns.idle();
      expect(after.pushes.list()).toHaveLength(1);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

describe('1,000 endpoints', () => {
  it.each(['GCM', 'APNS_VOIP'])('each get their push once, published in parallel (%s)', async (platform) => {
    // A push that is given up and sent again would arrive twice: not because a busy machine answers late.
    const cloud = await start({ requestTimeoutMs: 60_000 });
    const application = await createApplication(cloud, platform);
    const tokens = Array.from({ length: 1000 }, (_, n) => n.toString(16).padStart(64, '0'));
    const endpoints = await Promise.all(
      tokens.map((each) => createEndpoint(cloud.client, application, each)),
    );
    expect(new Set(endpoints).size).toBe(1000);
    const payload = platform === 'GCM' ? androidCall : call;
    await Promise.all(endpoints.map((each) => publish(cloud.client, each, payload, voipAttributes)));
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual([]);
    expect(
      cloud.pushes
        .list()
        .map((push) => push.token)
        .sort(),
    ).toEqual(tokens);
  });
});
