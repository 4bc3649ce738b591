import { createServer } from 'node:http';
import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { itemKey } from '../../lambda/aws/registration-item.ts';
import type { StreamEvent } from '../../lambda/aws/removed-registration.ts';
import { type Listening, listenOnLoopback } from '../../local/loopback.ts';
import { appleToken, aRegistration, fcmToken } from '../support/builders.ts';
import { captureLog } from './support/captured-log.ts';

const log = captureLog();

let listening: Listening;
/** What AWS was asked for: it refuses everything, as it does where a role may not. */
let asked = 0;
beforeEach(async () => {
  asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}');
  });
  listening = await listenOnLoopback(server);
  const environment = {
    TABLE_NAME: 'pns',
    APPS: '{"demo":{"fcm":true},"pocket":{"bundleId":"com.example.pocket"}}',
    SNS_ARN: 'arn:aws:sns:eu-west-1:123456789012',
    APPLICATION_PREFIX: 'pns',
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${listening.port}`,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await listening.close();
});

const removed = (changes: Parameters<typeof aRegistration>[0]): StreamEvent => {
  const row = aRegistration(changes);
  return {
    Records: [{ eventName: 'REMOVE', dynamodb: { OldImage: marshall({ ...row, ...itemKey(row) }) } }],
  };
};
const release = async (event: StreamEvent) =>
  (await import('../../lambda/release-endpoints.ts')).handler(event);

it('leaves the endpoint of an app or a platform that is not served behind, without asking AWS, and is done', async () => {
  const rows = [
    { token: fcmToken('x'), app: 'gone' },
    { token: fcmToken('x'), app: 'constructor' },
    { token: fcmToken('x'), app: 'pocket' },
    { token: appleToken('x'), app: 'demo', platform: 'apns-voip' as const },
  ];
  for (const row of rows) {
    log.clear();
    await release(removed(row));
    expect(log.lines).toMatchObject([{ operation: 'release_endpoint', endpoint: 'platform-not-served' }]);
    expect(log.text()).not.toContain(row.token);
  }
  expect(asked).toBe(0);
});

it('asks for one that is, on each platform, and fails where AWS refuses', async () => {
  const rows = [
    { token: fcmToken('x') },
    { token: appleToken('x'), app: 'pocket', platform: 'apns' as const },
    { token: appleToken('x'), app: 'pocket', platform: 'apns-voip' as const },
  ];
  for (const row of rows) {
    asked = 0;
    await expect(release(removed(row))).rejects.toThrow('release_endpoint failed');
    expect(asked).toBeGreaterThan(0);
  }
});
