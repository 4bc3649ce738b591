import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appleToken } from '../support/builders.ts';
import { startExplainedCloud } from './explained-cloud.ts';

let cloud: Awaited<ReturnType<typeof startExplainedCloud>>;
beforeAll(async () => {
  cloud = await startExplainedCloud();
});
afterAll(() => cloud.close());

describe('a call that rings', () => {
  test('is told step by step, with what became of each phone, by its UUID in whatever case', async () => {
    const to = cloud.freshExtension();
    await cloud.iPhoneOf(to, 'iphone-rings');
    const android = await cloud.androidOf(to, 'rings');
    const uuid = randomUUID();
    await cloud.ok('/push_call', {
      to,
      uuid,
      callId: 'rings@pbx',
      from: '+38761555',
      fromName: 'Secret Ann',
    });
    await cloud.idle();

    const { calls, more } = await cloud.told('--uuid', uuid.toUpperCase());
    expect(more).toBe(false);
    expect(calls).toMatchObject([{ pbxId: 'pbx-1', extension: to, uuid, callId: 'rings@pbx' }]);
    const [{ timeline, phones }] = calls;
    expect(timeline.map(({ step }: { step: string }) => step)).toEqual([
      'asked',
      'found',
      'published',
      'published',
      'answered',
    ]);
    const times = timeline.map(({ at }: { at: string }) => at);
    expect(times).toEqual(times.toSorted());
    expect(phones.map(({ phone, state }: Record<string, string>) => [phone, state]).toSorted()).toEqual(
      [
        ['iphone-rings', 'pushed'],
        [android.name, 'pushed'],
      ].toSorted(),
    );
    expect(calls[0]).not.toHaveProperty('note');

    const people = await cloud.why('--call', 'rings@pbx');
    expect(people.exitCode, people.stderr).toBe(0);
    expect(people.stdout).toContain(`Call to ${to} of pbx-1, UUID ${uuid}, Call-ID rings@pbx\n`);
    expect(people.stdout).toMatch(
      / asked .* to ring for 30 s .*\n.* found .* 2 registrations found, 2 phones to wake\n/,
    );
    expect(people.stdout).toMatch(
      /iphone-rings \(apns-voip, demo\): pushed\. .*no failure has been reported/,
    );
    expect(people.stdout).not.toMatch(/38761555|Secret Ann|APA91b/);
  });

  test('tells of both requests where the PBX has repeated it', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'repeated');
    const uuid = randomUUID();
    await cloud.ok('/push_call', { to, uuid });
    await cloud.ok('/push_call', { to, uuid });
    const { calls } = await cloud.told('--uuid', uuid);
    expect(calls).toHaveLength(1);
    expect(calls[0].timeline).toHaveLength(8);
    expect(calls[0].phones).toMatchObject([{ phone: android.name, state: 'pushed' }]);
  });
});

describe('a phone that did not ring', () => {
  test('was refused later: the failure is tied to the call and the phone, and the next call says since when', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'uninstalled');
    await cloud.iPhoneOf(to, 'iphone-stays');
    await cloud.setFault({ token: android.token, fault: 'UNREGISTERED' });
    const [first, second] = [randomUUID(), randomUUID()];
    await cloud.ok('/push_call', { to, uuid: first });
    await cloud.idle();
    await cloud.ok('/push_call', { to, uuid: second });

    const [call] = (await cloud.told('--uuid', first)).calls;
    // SNS may tell of it before push_call has answered.
    const refusedLater = call.timeline.filter(({ step }: { step: string }) => step === 'refused-later');
    expect(refusedLater).toMatchObject([
      { text: `${android.name}: InvalidPlatformToken; it is woken no more until it registers again` },
    ]);
    expect(call.phones).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ phone: android.name, state: 'refused-later', reason: 'InvalidPlatformToken' },
          text: expect.stringMatching(/Open the app on the phone/),
        }),
        expect.objectContaining({ phone: 'iphone-stays', state: 'pushed' }),
      ]),
    );
    const [next] = (await cloud.told('--uuid', second)).calls;
    expect(next.phones).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          ...{ phone: android.name, state: 'not-pushed', reason: 'token-refused' },
          text: expect.stringMatching(/\(since \d{4}-.*Z\)$/),
        }),
      ]),
    );
    expect(next.timeline.map(({ step }: { step: string }) => step)).not.toContain('refused-later');
  });

  test('was never registered', async () => {
    const [to, uuid] = [cloud.freshExtension(), randomUUID()];
    await cloud.ok('/push_call', { to, uuid });
    const [call] = (await cloud.told('--uuid', uuid)).calls;
    expect(call.phones).toEqual([]);
    expect(call.note).toMatch(new RegExp(`^No phone was registered for ${to} at pbx-1\\.`));
    expect((await cloud.why('--uuid', uuid)).stdout).toContain(call.note);
  });

  test('was asked for when the ring window was over', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'late');
    const uuid = randomUUID();
    await cloud.ok('/push_call', { to, uuid, ringSeconds: 1 });
    const [call] = (await cloud.told('--uuid', uuid)).calls;
    expect(call.timeline[0].text).toContain('to ring for 1 s');
    expect(call.phones).toMatchObject([
      {
        phone: android.name,
        state: 'not-pushed',
        reason: 'expired',
        text: expect.stringContaining('ring window'),
      },
    ]);
  });

  test('had only a token for messages, or was not among those named', async () => {
    const to = cloud.freshExtension();
    const android = await cloud.androidOf(to, 'unnamed');
    const apns = { token: appleToken('alert'), platform: 'apns', deviceId: 'iphone-alert' };
    await cloud.ok('/register', { extension: to, ...apns });
    const uuid = randomUUID();
    await cloud.ok('/push_call', { to, uuid, only: ['iphone-alert'] });
    const [call] = (await cloud.told('--uuid', uuid)).calls;
    expect(
      call.phones.map(({ phone, state, reason }: Record<string, string>) => [phone, state, reason]),
    ).toEqual(
      expect.arrayContaining([
        ['iphone-alert', 'passed-over', 'no-token-for-calls'],
        [android.name, 'passed-over', 'not-named'],
      ]),
    );
  });
});

describe('the latest calls of an extension', () => {
  test('are those of this PBX alone, whatever another one has under the same numbers, UUIDs and Call-IDs', async () => {
    const to = cloud.freshExtension();
    const other = await cloud.otherPbx('pbx-other');
    const ours = await cloud.androidOf(to, 'ours');
    const theirs = await cloud.androidOf(to, 'theirs', other);
    const [uuid, callId] = [randomUUID(), 'shared@both'];
    await cloud.ok('/push_call', { to, uuid, callId });
    await cloud.ok('/push_call', { to, uuid, callId }, other);
    await cloud.ok('/push_call', { to }, other);

    const of = async (...args: string[]) =>
      (await cloud.told(...args)).calls.map(
        ({ pbxId, phones }: { pbxId: string; phones: { phone: string }[] }) => [
          pbxId,
          phones.map(({ phone }) => phone),
        ],
      );
    const found = await Promise.all([
      of('--extension', to, '--pbx', 'pbx-1'),
      of('--extension', to, '--pbx', 'pbx-other'),
      of('--uuid', uuid, '--pbx', 'pbx-other'),
      // Named by nobody's PBX, it is two calls, of which each stands for itself.
      of('--call', callId),
    ]);
    const [one, two] = [
      ['pbx-1', [ours.name]],
      ['pbx-other', [theirs.name]],
    ];
    expect(found).toEqual([[one], [two, two], [two], [one, two]]);
  });

  test('are as many as asked for, the latest, and it is said that there are more', async () => {
    const to = cloud.freshExtension();
    const uuids = [randomUUID(), randomUUID(), randomUUID()];
    for (const uuid of uuids) await cloud.ok('/push_call', { to, uuid });
    const args = ['--extension', to, '--pbx', 'pbx-1', '--last', '2', '--since', '1h'];
    const { calls, more } = await cloud.told(...args);
    expect(calls.map(({ uuid }: { uuid: string }) => uuid)).toEqual(uuids.slice(1));
    expect(more).toBe(true);
    const { stdout, stderr } = await cloud.why(...args);
    expect(stdout.match(/^Call to /gm)).toHaveLength(2);
    expect(stderr).toMatch(/earlier ones: --last/);
  });
});

test('a call that was refused as a whole says why', async () => {
  const other = await cloud.otherPbx('pbx-loop');
  let status = 200;
  for (let n = 0; n < 500 && status === 200; n += 1) {
    ({ status } = await other.post('/push_call', { to: '999', callId: `loop-${n}@pbx` }));
  }
  expect(status).toBe(429);
  const { calls } = await cloud.told('--extension', '999', '--pbx', 'pbx-loop', '--last', '1');
  expect(calls[0].note).toMatch(/^The PBX was refused \(too-many-calls\)\. .*loop of calls/);
  expect(calls[0].timeline.at(-1)).toMatchObject({ step: 'answered', text: expect.stringMatching(/^429 /) });
});

describe('a call that is not there', () => {
  test('is told, with how far back was looked', async () => {
    const { exitCode, stdout, stderr } = await cloud.why('--uuid', randomUUID());
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(
      /^pns-admin: no such call or message in the local cloud at http\S+ since \d{4}-\S+Z \(the log goes back no further\)/,
    );
    expect(stderr).toMatch(
      /or ended without a line: one that timed out or crashed \(alarms PushCallErrors, ServerErrors\)/,
    );
    const programs = await cloud.why('--uuid', randomUUID(), '--json');
    expect(programs.exitCode).toBe(1);
    expect(JSON.parse(programs.stdout)).toMatchObject({ calls: [], searched: { since: expect.any(String) } });
  });

  test('is not found before --since', async () => {
    const [to, uuid] = [cloud.freshExtension(), randomUUID()];
    await cloud.ok('/push_call', { to, uuid });
    // Past the millisecond of the line, and long gone once the command has started.
    const since = new Date(Date.now() + 5).toISOString();
    const { exitCode, stderr } = await cloud.why('--uuid', uuid, '--since', since);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('as --since says');
  });
});

test.each([
  ['nothing named', []],
  ['two named', ['--uuid', randomUUID(), '--call', 'a@b']],
  ['an extension of nobody', ['--extension', '101']],
  ['a UUID that is none', ['--uuid', '7c1f']],
  ['messages of a Call-ID', ['--call', 'a@b', '--messages']],
  ['no number', ['--call', 'a@b', '--last', '0']],
])('refuses as wrong usage: %s', async (_, args) => {
  const { exitCode, stdout, stderr } = await cloud.why(...args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error: .+\n$/);
});
