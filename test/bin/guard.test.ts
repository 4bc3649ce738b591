import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { startCloud } from '../local/support.ts';
import { fcmToken } from '../support/builders.ts';
import { runAdmin } from './admin-command.ts';

const settings = parseSettings({
  region: 'eu-west-1',
  apps: {
    demo: { fcm: { projectId: 'demo-project', secret: 'demo' } },
    other: { fcm: { projectId: 'other-project', secret: 'other' } },
  },
  guard: { refusals: 3 },
});
let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud({ settings });
});
afterAll(() => cloud.close());

const phones = Array.from({ length: 10 }, (_, index) => String(100 + index));
const admin = (...args: string[]) => runAdmin([...args, '--local', cloud.info.url]);

type Answer = { accepted: number; phones: { reason?: string }[] };
const call = async (extension: string) => {
  const { status, body } = await cloud.pbx.post('/push_call', { to: extension });
  expect(status).toBe(200);
  await cloud.idle();
  return body as unknown as Answer;
};
const callAll = async () => {
  const answers: Answer[] = [];
  for (const phone of phones) answers.push(await call(phone));
  return answers;
};
test('a wrong credential costs no phone: the guard stops the marks, and an operator takes them back', async () => {
  for (const phone of phones) {
    const request = { extension: phone, token: fcmToken(phone), platform: 'fcm', app: 'demo' };
    expect((await cloud.pbx.post('/register', request)).status).toBe(200);
  }
  const since = new Date(Date.now() - 1).toISOString();

  await cloud.setFault({ provider: 'google', fault: 'UNREGISTERED' });
  expect((await callAll()).map(({ accepted }) => accepted)).toEqual(phones.map(() => 1));
  expect((await admin('guard', 'list')).stdout).toMatch(
    /^APP +TRIPPED +CLEARED +REFUSALS THIS HOUR\ndemo +20\S+Z +- +4\nother +- +- +0\n$/,
  );
  const kept = cloud.logs.filter((line) => line.includes('"kept-by-guard"'));
  expect(kept).toHaveLength(7);

  // SNS has disabled the endpoints: push_call infers no more from that than feedback may mark.
  const reasons = (await callAll()).map(({ phones: [phone] }) => phone?.reason);
  expect(reasons.filter((reason) => reason === 'token-refused')).toHaveLength(3);
  expect(reasons.filter((reason) => reason === 'endpoint-disabled')).toHaveLength(7);

  // Whoever asks why is told that it is the credential, for both calls of a phone that was kept.
  const why = await admin('why', '--extension', phones.at(-1) ?? '', '--pbx', 'pbx-1');
  expect(why.stdout).toMatch(
    /refused after it was pushed \(InvalidPlatformToken, kept-by-guard\)\. .*credential/,
  );
  expect(why.stdout).toMatch(/not pushed \(endpoint-disabled, kept-by-guard\)\. .*`pns-admin guard list`/);
  expect(why.stdout).not.toContain('Open the app');

  await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
  expect((await callAll()).every(({ accepted }) => accepted === 0)).toBe(true);
  const { exitCode, stderr } = await admin('registrations', 'enable', '--app', 'demo', '--since', since);
  expect([exitCode, stderr]).toEqual([
    0,
    'Cleared: 3 marks, and the flag of app demo\nThe next call enables the endpoints of these and of 7 other registrations\n',
  ]);
  expect((await admin('guard', 'list')).stdout).toMatch(/\ndemo +- +20\S+Z +0\n/);
  expect((await callAll()).map(({ accepted }) => accepted)).toEqual(phones.map(() => 1));
});

test('marks of before stay, and phones of another app', async () => {
  for (const [extension, app] of [
    ['300', 'demo'],
    ['301', 'other'],
  ]) {
    await cloud.pbx.post('/register', { extension, token: fcmToken(`${extension}`), platform: 'fcm', app });
    await cloud.setFault({ token: fcmToken(`${extension}`), fault: 'UNREGISTERED' });
    await call(String(extension));
  }
  // The functions remember for some seconds that the guard held.
  const refusals = async () => {
    await call('300');
    return (await admin('guard', 'list')).stdout;
  };
  await expect.poll(refusals, { timeout: 20_000 }).toMatch(/\ndemo .* 1\n/);
  const later = new Date().toISOString();
  const { stderr } = await admin('registrations', 'enable', '--app', 'demo', '--since', later);
  expect(stderr).toContain('Cleared: 0 marks');
  expect((await admin('registrations', 'enable', '--app', 'demo', '--since', '2h')).stderr).toContain(
    'Cleared: 1 marks',
  );
  expect((await call('301')).phones).toMatchObject([{ reason: 'token-refused' }]);
});

test('clears the flag alone where no credential was wrong', async () => {
  const { exitCode, stderr } = await admin('guard', 'clear', '--app', 'demo');
  expect([exitCode, stderr]).toEqual([0, 'Cleared: the flag of app demo\n']);
});

test.each([
  [['guard', 'clear', '--app', 'nobody'], 1, /there is no app nobody: this deployment serves demo, other/],
  [['registrations', 'enable', '--app', 'nobody', '--since', '2h'], 1, /there is no app nobody/],
  [['registrations', 'enable', '--app', 'demo'], 2, /--since/],
])('%j is refused', async (args, code, says) => {
  const { exitCode, stderr } = await admin(...args);
  expect(exitCode).toBe(code);
  expect(stderr).toMatch(says);
});
