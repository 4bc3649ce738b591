import { beforeEach, describe, expect, it } from 'vitest';
import { messageKinds } from '../../lambda/core/contract.ts';
import { appleToken, aRegistration, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const iphone = { deviceId: 'iphone', registeredAt: noon - 9, claimedAt: noon - 9 };
const voip = aRegistration({ ...iphone, token: appleToken('voip'), platform: 'apns-voip' });
const alert = aRegistration({ ...iphone, token: appleToken('alert'), platform: 'apns' });
const android = aRegistration({ token: fcmToken('android'), registeredAt: noon - 9, claimedAt: noon - 9 });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const dataOf = (index = 0) => Object(Object(core.sns.published[index]?.push.body).data);

describe('push_message', () => {
  it.each(messageKinds)('shows it on every phone, and never by a VoIP push: %s', async (kind) => {
    await core.seed(voip, alert, android);
    expect(await core.pushMessage({ kind })).toMatchObject({ devices: 2, accepted: 2 });
    expect(core.sns.published.map(({ token }) => token)).toEqual([alert.token, android.token]);
    expect(core.sns.published[0]?.push).toMatchObject({ apns: { pushType: 'alert' }, body: { type: kind } });
  });

  it('carries what the PBX sent', async () => {
    await core.seed(android);
    const said = { from: '+49', fromName: 'Bob', text: 'Hi', messageId: 'm-1', badge: 2 };
    await core.pushMessage({ kind: 'voicemail', ...said });
    expect(dataOf()).toMatchObject({
      type: 'voicemail',
      caller: '+49',
      callerName: 'Bob',
      text: 'Hi',
      messageId: 'm-1',
      badge: '2',
      callee: '101',
      pbx: 'pbx-1',
    });
  });

  it('has the same UUID whenever the same message is sent, and another for another, or another PBX’s', async () => {
    await core.seed(android);
    const { uuid } = await core.pushMessage({ messageId: 'm-1' });
    expect(await core.pushMessage({ messageId: 'm-1' })).toMatchObject({ uuid });
    expect((await core.pushMessage({ messageId: 'm-2' })).uuid).not.toBe(uuid);
    expect((await core.pushCall({ callId: 'm-1' })).uuid).not.toBe(uuid);
    const [one, two] = [await core.pushMessage(), await core.pushMessage()];
    expect(one.uuid).not.toBe(two.uuid);
    expect(dataOf().uuid).toBe(uuid);
  });

  it('waits for a phone that is away for a week', async () => {
    await core.seed(android);
    await core.pushMessage();
    expect(core.sns.published[0]?.push.ttlSeconds).toBe(7 * 24 * 60 * 60);
  });

  it('logs neither text, number nor name', async () => {
    await core.seed(android, voip);
    await core.pushMessage({
      from: '+4930555',
      fromName: 'Bob Secret',
      text: 'secret words',
      messageId: 'm-1',
    });
    expect(JSON.stringify(core.trace.fields)).not.toMatch(/4930555|Secret|secret/);
    expect(core.trace.fields).toMatchObject({ kind: 'message', messageId: 'm-1', extension: '101' });
  });
});
