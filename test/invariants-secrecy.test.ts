import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteRegistrations } from '../lambda/core/delete.ts';
import { devices } from '../lambda/core/devices.ts';
import { releaseEndpoint } from '../lambda/core/endpoints.ts';
import { feedback } from '../lambda/core/feedback.ts';
import { makeKey, writeKey } from '../lambda/core/key.ts';
import { PushRefusal } from '../lambda/core/ports.ts';
import { pushCall } from '../lambda/core/push-call.ts';
import { pushCancel } from '../lambda/core/push-cancel.ts';
import { pushMessage } from '../lambda/core/push-message.ts';
import { register } from '../lambda/core/register.ts';
import { update } from '../lambda/core/update.ts';
import { handleAuthorization } from '../lambda/http/authorizer.ts';
import { handleBody, handleQuery } from '../lambda/http/handle.ts';
import { handleEvent } from '../lambda/http/handle-events.ts';
import {
  parseDelete,
  parseDevices,
  parsePushCall,
  parsePushCancel,
  parsePushMessage,
  parseRegister,
  parseUpdate,
} from '../lambda/http/requests.ts';
import type { CorePorts } from './core/core-ports.ts';
import { createCorePorts } from './core/core-ports.ts';
import {
  appleToken,
  aRegistration,
  aSubscription,
  aUuid,
  caller,
  fcmToken,
  noon,
} from './support/builders.ts';

const token = fcmToken('ann');
const row = aRegistration({ token, registeredAt: noon - 60_000, claimedAt: noon - 60_000 });
const own = caller('pbx-1');
let core: CorePorts;

/** Everything that the deployment does by itself once a row is gone. */
const begin = (): CorePorts => {
  const started = createCorePorts();
  started.onRemoved((removed) => {
    releaseEndpoint(started.ports, removed).catch(() => {});
  });
  return started;
};
beforeEach(() => {
  core = begin();
});

describe('invariant 8: no token, key, message text or caller’s name in a log line or error (any event in test/http)', () => {
  const lines: string[] = [];
  const look = (value: unknown) => lines.push(inspect(value, { depth: 20, maxStringLength: null }));
  beforeEach(() => {
    lines.length = 0;
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((...args: unknown[]) => void args.forEach(look));
    }
  });
  afterEach(() => vi.restoreAllMocks());

  const secrets = {
    token: fcmToken('MARKED'),
    newToken: fcmToken('MARKED-2'),
    apple: appleToken('MARKED'),
    name: 'MARKED Caller',
    number: '+49555000111',
    text: 'MARKED words',
    huawei: fcmToken('MARKED-3'),
    browser: aSubscription('MARKED'),
    key: writeKey(makeKey()),
  };
  const eventOf = (body: unknown) => ({
    body: JSON.stringify(body),
    queryStringParameters: body,
    requestContext: { requestId: 'r-1', authorizer: { lambda: { pbxId: 'pbx-1', keyId: 'key-1' } } },
  });
  const run = async (): Promise<void> => {
    const { ports } = core;
    const answers = [
      handleBody('register', parseRegister, (request, { trace }) => register(ports, own, request, trace)),
      handleBody('update', parseUpdate, (request, { trace }) => update(ports, own, request, trace)),
      handleBody('delete', parseDelete, (request, { trace }) =>
        deleteRegistrations(ports, own, request, trace),
      ),
      handleBody('push_call', parsePushCall, (request, { trace }) =>
        pushCall(ports, own, request, trace, ports.clock.now()),
      ),
      handleBody('push_cancel', parsePushCancel, (request, { trace }) =>
        pushCancel(ports, own, request, trace, ports.clock.now()),
      ),
      handleBody('push_message', parsePushMessage, (request, { trace }) =>
        pushMessage(ports, own, request, trace, ports.clock.now()),
      ),
      handleQuery('devices', parseDevices, (request, { trace }) => devices(ports, own, request, trace)),
    ];
    const requests = [
      { extension: '101', token: secrets.token, platform: 'fcm', deviceName: secrets.name },
      { extension: '101', token: secrets.apple, platform: 'apns-voip' },
      { extension: '101', token: secrets.token, platform: 'apns' },
      { to: '101', from: secrets.number, fromName: secrets.name },
      { to: '101', uuid: aUuid, reason: 'timed_out', from: secrets.number, fromName: secrets.name },
      { to: '101', from: secrets.number, fromName: secrets.name, kind: 'message', text: secrets.text },
      { extension: '101', token: secrets.huawei, platform: 'hms' },
      { extension: '101', token: secrets.browser, platform: 'webpush' },
      { extension: '101', token: secrets.browser, platform: 'fcm' },
      { to: '101', from: [secrets.number], fromName: { [secrets.name]: secrets.token } },
      { extension: '101' },
      { oldToken: secrets.token, newToken: secrets.newToken },
      { oldToken: secrets.token, newToken: secrets.token, [secrets.token]: secrets.key },
      { token: secrets.newToken },
      { token: [secrets.apple] },
      secrets.token,
    ];
    for (const request of requests) {
      for (const answer of answers) {
        const { statusCode, body } = await core.time.settle(answer(eventOf(request)));
        // What a PBX gets of its own `devices` is its own; an error is what may be passed on and logged.
        if (statusCode !== 200) look(body);
      }
    }
    const endpointArn = core.sns.endpointOf(row, secrets.token);
    const failure = { endpointArn, failureType: 'InvalidPlatformToken', at: noon + 1 };
    const told = handleEvent('feedback', (trace) => feedback(ports, failure, trace));
    await core.time.settle(told).catch(look);
    await handleAuthorization({ get: () => Promise.reject(new Error(secrets.key)) })({
      headers: { authorization: `Bearer ${secrets.key}` },
    }).catch(look);
  };
  const hidden = () => {
    const written = lines.join('\n').toLowerCase();
    expect(lines.length).toBeGreaterThan(50);
    for (const secret of [...Object.values(secrets), 'marked', secrets.key.slice(4, -7)]) {
      expect(written).not.toContain(secret.toLowerCase());
    }
  };

  it('where all goes well', async () => {
    await run();
    expect(core.sns.published.length).toBeGreaterThan(0);
    hidden();
  });

  it.each(['invalid-token', 'application-disabled', 'throttled', 'endpoint-disabled'] as const)(
    'where SNS answers %s, and its text tells the token',
    async (reason) => {
      core.sns.intercept(() => {
        throw new PushRefusal(reason, { cause: new Error(`Invalid parameter: Token ${secrets.token}`) });
      });
      await run();
      hidden();
    },
  );

  it('where the table fails, and its text tells the token', async () => {
    const fail = () => Promise.reject(new Error(`Key: ${secrets.token} ${secrets.apple}`));
    const failing = { claim: fail, ofToken: fail, ofExtension: fail, ofEndpoint: fail };
    core.ports.table = { ...core.ports.table, ...failing };
    await run();
    hidden();
  });
});
