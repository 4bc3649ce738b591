import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startExplainedCloud } from './explained-cloud.ts';

let cloud: Awaited<ReturnType<typeof startExplainedCloud>>;
beforeAll(async () => {
  cloud = await startExplainedCloud();
});
afterAll(() => cloud.close());

describe('a cancel', () => {
  test('stands in the timeline of its call, and is no word on whether the phones rang', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'cancelled');
    const uuid = randomUUID();
    await cloud.ok('/push_call', { to, uuid });
    await cloud.ok('/push_cancel', { to, uuid, reason: 'answered_elsewhere', except: [android.name] });
    const { calls } = await cloud.told('--extension', to, '--pbx', 'pbx-1');
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
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'only-cancelled');
    await cloud.ok('/push_cancel', { to, callId: 'only@pbx', reason: 'timed_out' });
    const { calls } = await cloud.told('--call', 'only@pbx');
    expect(calls).toMatchObject([{ about: 'cancel', phones: [{ phone: android.name, state: 'pushed' }] }]);
    expect((await cloud.why('--call', 'only@pbx')).stdout).toMatch(/^Cancel of a call to /);
  });
});

describe('a message', () => {
  const sendMessage = async (message: object) => String((await cloud.ok('/push_message', message))['uuid']);

  test('is found by its UUID, and by its extension where messages are asked for, and hides no call', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'written-to');
    const call = randomUUID();
    await cloud.ok('/push_call', { to, uuid: call });
    const message = {
      to,
      from: '+38761555',
      fromName: 'Secret Ann',
      kind: 'voicemail',
      text: 'Secret words',
    };
    const uuid = await sendMessage(message);
    const of = async (...args: string[]) =>
      (await cloud.told(...args)).calls.map((one: { about: string; uuid: string }) => [one.about, one.uuid]);
    expect(await of('--uuid', uuid)).toEqual([['message', uuid]]);
    expect(await of('--extension', to, '--pbx', 'pbx-1', '--messages')).toEqual([['message', uuid]]);
    expect(await of('--extension', to, '--pbx', 'pbx-1')).toEqual([['call', call]]);
    const { stdout } = await cloud.why('--uuid', uuid);
    expect(stdout).toContain(`Message to ${to} of pbx-1, UUID ${uuid}\n`);
    expect(stdout).toMatch(/ asked .* the PBX sent a push_message of the kind voicemail \(request /);
    expect(stdout).toContain(`${android.name} (fcm, demo): pushed. `);
    expect(stdout).not.toMatch(/38761555|Secret|APA91b/);
  });

  test('that an iPhone cannot get says what it lacks', async () => {
    const to = cloud.freshExtension();
    await cloud.iPhoneOf(to, 'iphone-for-calls');
    const uuid = await sendMessage({ to, from: '102', kind: 'message' });
    const [{ phones }] = (await cloud.told('--uuid', uuid)).calls;
    expect(phones).toMatchObject([
      {
        ...{ phone: 'iphone-for-calls', state: 'passed-over', reason: 'no-token-for-messages' },
        text: expect.stringMatching(/registers its apns token too/),
      },
    ]);
  });
});
