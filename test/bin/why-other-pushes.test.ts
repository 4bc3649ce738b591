import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { demoSettings } from '../../local/settings.ts';
import { startCloud } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { runAdmin } from './admin-command.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  // Few enough to be used up, and more than the tests of another PBX take.
  cloud = await startCloud({ settings: { ...demoSettings(), brake: { callsPerSecond: 1, burst: 40 } } });
});
afterAll(() => cloud.close());

const why = (...args: string[]) => runAdmin(['why', ...args, '--local', cloud.info.url]);
const told = async (...args: string[]) => {
  const { exitCode, stdout, stderr } = await why(...args, '--json');
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
};
const ok = async (path: string, body: object, pbx: Pick<typeof cloud.pbx, 'post'> = cloud.pbx) => {
  const answer = await pbx.post(path, body);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};

let serial = 200;
const freshExtension = () => {
  serial += 1;
  return String(serial);
};
/** An Android phone of an extension, known by its fingerprint alone. */
const androidOf = async (
  extension: string,
  name: string,
  pbx: Pick<typeof cloud.pbx, 'post'> = cloud.pbx,
) => {
  const token = fcmToken(name);
  await ok('/register', { extension, token, platform: 'fcm' }, pbx);
  return { token, name: fingerprintOf(token) };
};
const iPhoneOf = (extension: string, deviceId: string) =>
  ok('/register', { extension, token: appleToken(deviceId), platform: 'apns-voip', deviceId });

describe('a cancel', () => {
  test('stands in the timeline of its call, and is no word on whether the phones rang', async () => {
    const to = freshExtension();
    const android = await androidOf(to, 'cancelled');
    const uuid = randomUUID();
    await ok('/push_call', { to, uuid });
    await ok('/push_cancel', { to, uuid, reason: 'answered_elsewhere', except: [android.name] });
    const { calls } = await told('--extension', to, '--pbx', 'pbx-1');
    expect(calls).toMatchObject([
      { about: 'call', uuid, phones: [{ phone: android.name, state: 'pushed' }] },
    ]);
    const asked = calls[0].timeline.filter(({ step }: { step: string }) => step === 'asked');
    expect(asked).toMatchObject([
      { text: expect.stringMatching(/^the PBX called, to ring for 30 s \(request /) },
      { text: expect.stringMatching(/^the PBX cancelled the call: answered_elsewhere \(request /) },
    ]);
  });

  test('of a call that was never pushed is told by itself', async () => {
    const to = freshExtension();
    const android = await androidOf(to, 'only-cancelled');
    await ok('/push_cancel', { to, callId: 'only@pbx', reason: 'timed_out' });
    const { calls } = await told('--call', 'only@pbx');
    expect(calls).toMatchObject([{ about: 'cancel', phones: [{ phone: android.name, state: 'pushed' }] }]);
    expect((await why('--call', 'only@pbx')).stdout).toMatch(/^Cancel of a call to /);
  });
});

describe('a message', () => {
  const sendMessage = async (message: object) => String((await ok('/push_message', message))['uuid']);

  test('is found by its UUID, and by its extension where messages are asked for, and hides no call', async () => {
    const to = freshExtension();
    const android = await androidOf(to, 'written-to');
    const call = randomUUID();
    await ok('/push_call', { to, uuid: call });
    const message = {
      to,
      from: '+38761555',
      fromName: 'Secret Ann',
      kind: 'voicemail',
      text: 'Secret words',
    };
    const uuid = await sendMessage(message);
    const of = async (...args: string[]) =>
      (await told(...args)).calls.map((one: { about: string; uuid: string }) => [one.about, one.uuid]);
    expect(await of('--uuid', uuid)).toEqual([['message', uuid]]);
    expect(await of('--extension', to, '--pbx', 'pbx-1', '--messages')).toEqual([['message', uuid]]);
    expect(await of('--extension', to, '--pbx', 'pbx-1')).toEqual([['call', call]]);
    const { stdout } = await why('--uuid', uuid);
    expect(stdout).toContain(`Message to ${to} of pbx-1, UUID ${uuid}\n`);
    expect(stdout).toMatch(/ asked .* the PBX sent a push_message of the kind voicemail \(request /);
    expect(stdout).toContain(`${android.name} (fcm, demo): pushed. `);
    expect(stdout).not.toMatch(/38761555|Secret|APA91b/);
  });

  test('that an iPhone cannot get says what it lacks', async () => {
    const to = freshExtension();
    await iPhoneOf(to, 'iphone-for-calls');
    const uuid = await sendMessage({ to, from: '102', kind: 'message' });
    const [{ phones }] = (await told('--uuid', uuid)).calls;
    expect(phones).toMatchObject([
      {
        ...{ phone: 'iphone-for-calls', state: 'passed-over', reason: 'no-token-for-messages' },
        text: expect.stringMatching(/registers its apns token too/),
      },
    ]);
  });
});
