import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import { aRegistration, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
const registeredAt = noon - 60_000;
const row = aRegistration({ token, registeredAt, claimedAt: registeredAt });
let core: CorePorts;
let endpointArn: string;
beforeEach(async () => {
  core = createCorePorts();
  await core.seed(row);
  endpointArn = core.sns.endpointOf(row, token);
  core.sns.disable(endpointArn);
});
const failure = (failureType = 'InvalidPlatformToken', at = noon) => ({ endpointArn, failureType, at });
const isEnabled = () => core.sns.endpoints()[0]?.enabled;

describe('feedback: which failures speak of the token', () => {
  it.each(['InvalidPlatformToken', 'EndpointDisabled'])('%s does', async (type) => {
    await core.feedback(failure(type));
    expect(core.rows()).toMatchObject([
      { disabledAt: noon, disabledReason: 'token-refused', expiresAt: noon + days(30) },
    ]);
    expect(isEnabled()).toBe(false);
  });

  it.each([
    'InvalidNotification',
    'DependencyUnavailable',
    'UnexpectedFailure',
    'InvalidCredentials',
    'Throttled',
    'DeliveryFailedPerm',
    'NotificationTTLExpired',
    'SomethingNewOfNextYear',
    'invalidplatformtoken',
    '',
  ])('%s does not: nothing is read or written', async (type) => {
    const rows = core.rows();
    await core.feedback(failure(type));
    expect(core.rows()).toEqual(rows);
    expect(core.calls).toEqual([]);
  });
});

it('tells in its log line of which push, and when it failed', async () => {
  await core.feedback({ ...failure('Throttled'), messageId: 'm-1' });
  expect(core.trace.fields).toEqual({
    failureType: 'Throttled',
    messageId: 'm-1',
    endpointArn,
    failedAt: '2026-11-22T12:00:00.000Z',
  });
});

describe('feedback: late, repeated and reordered events', () => {
  it('marks every row of the endpoint, each once', async () => {
    await core.seed({ ...row, line: 2 }, { ...row, pbxId: 'pbx-2' });
    await core.feedback(failure());
    expect(core.rows().map(({ disabledAt }) => disabledAt)).toEqual([noon, noon, noon]);
  });

  it('keeps a row that was registered since, and enables its endpoint', async () => {
    await core.seed({ ...row, registeredAt: noon + 1 });
    const rows = core.rows();
    await core.feedback(failure());
    expect(core.rows()).toEqual(rows);
    expect(isEnabled()).toBe(true);
  });

  it('keeps a row registered at the very moment of the event: the phone has the benefit of the doubt', async () => {
    await core.seed({ ...row, registeredAt: noon });
    await core.feedback(failure());
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    expect(isEnabled()).toBe(true);
  });

  it('gives up the row of one PBX, and keeps that of another which registered since', async () => {
    await core.seed({ ...row, pbxId: 'pbx-2', registeredAt: noon + 1 });
    await core.feedback(failure());
    expect(core.rows()).toMatchObject([{ disabledAt: noon }, { pbxId: 'pbx-2' }]);
    expect(core.rows()[1]).not.toHaveProperty('disabledAt');
    expect(isEnabled()).toBe(true);
  });

  it('does nothing on a repeat, and on an earlier event after a later one', async () => {
    await core.feedback(failure());
    const rows = core.rows();
    await core.feedback(failure());
    await core.feedback(failure('EndpointDisabled', noon - 30_000));
    expect(core.rows()).toEqual(rows);
    expect(isEnabled()).toBe(false);
  });

  it('is undone by registering again, and an event of before then does not bring it back', async () => {
    await core.feedback(failure());
    core.time.pass(5);
    await core.register({ token });
    await core.feedback(failure());
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    expect(isEnabled()).toBe(true);
  });

  it('heals a row of what was only inferred from the endpoint, where it was registered since', async () => {
    await core.seed({
      ...row,
      registeredAt: noon + 1,
      disabledAt: noon + 2,
      disabledReason: 'endpoint-disabled',
    });
    await core.feedback(failure());
    const [healed] = core.rows();
    expect(healed).not.toHaveProperty('disabledAt');
    expect(healed?.expiresAt).toBeGreaterThanOrEqual(noon + days(270));
    expect(isEnabled()).toBe(true);
  });

  it('replaces an inference with the evidence', async () => {
    await core.seed({ ...row, disabledAt: noon - 9, disabledReason: 'endpoint-disabled' });
    await core.feedback(failure());
    expect(core.rows()).toMatchObject([{ disabledReason: 'token-refused', disabledAt: noon }]);
  });

  it('leaves a row that has another endpoint by now', async () => {
    core.freezeIndex();
    await core.seed({ ...row, endpointArn: `${endpointArn}-other` });
    const rows = core.rows();
    await core.feedback(failure());
    expect(core.rows()).toEqual(rows);
    expect(isEnabled()).toBe(false);
  });

  it('does nothing for an endpoint that no row has', async () => {
    await core.delete({ token });
    core.calls.length = 0;
    await core.feedback(failure());
    expect(core.calls).toEqual(['table.ofEndpoint']);
  });

  it('looks again where the phone registers between the look and the mark', async () => {
    core.before('table.setRefusal', async () => {
      core.time.pass(1);
      await core.register({ token });
    });
    await core.feedback(failure());
    expect(core.rows()).toMatchObject([{ registeredAt: noon + 1 }]);
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    expect(isEnabled()).toBe(true);
  });

  it('is handed back where the row keeps changing', async () => {
    core.ports.table = { ...core.ports.table, setRefusal: async () => false };
    await expect(core.feedback(failure())).rejects.toThrow('kept changing');
  });

  it('is handed back where SNS cannot be asked to enable, but not where the endpoint is gone', async () => {
    await core.seed({ ...row, registeredAt: noon + 1 });
    core.sns.intercept(() => 'unavailable');
    await expect(core.feedback(failure())).rejects.toBeInstanceOf(PushRefusal);
    core.sns.intercept(() => 'endpoint-missing');
    await expect(core.feedback(failure())).resolves.toBeUndefined();
  });
});

describe('feedback: rows that the event does not speak of', () => {
  it('a token that has moved to another app, with the endpoint of the former still noted, is not refused there', async () => {
    await core.seed({ ...row, app: 'pocket', endpointArn }, { ...row, pbxId: 'pbx-2' });
    await core.guard.table.tripGuard('pocket', noon, undefined);
    await core.feedback(failure());
    expect(core.rows().map(({ app, disabledReason }) => [app, disabledReason])).toEqual([
      ['pocket', undefined],
      ['demo', 'token-refused'],
    ]);
  });

  it('one that has expired, and is not removed yet, does not come back', async () => {
    await core.seed({ ...row, expiresAt: noon });
    const rows = core.rows();
    await core.feedback(failure());
    expect(core.rows()).toEqual(rows);
  });

  it('one that an operator has taken the refusal of back while it was judged is judged anew', async () => {
    await core.seed({ ...row, verifiedAt: noon - 5 });
    core.before('table.setRefusal', () =>
      core.ports.table.setEndpoint(row, { endpointArn, verifiedAt: noon - 1 }, row),
    );
    await core.feedback(failure());
    expect(core.calls.filter((call) => call === 'table.setRefusal')).toHaveLength(2);
    expect(core.rows()).toMatchObject([{ disabledReason: 'token-refused', verifiedAt: noon - 1 }]);
  });
});

describe('feedback: the fleet guard', () => {
  const lines = Array.from({ length: 30 }, (_, index) => index + 1);

  it('counts a token once, however many lines and PBXs it has', async () => {
    await core.seed(...lines.map((line) => ({ ...row, line })));
    await core.feedback(failure());
    expect(core.rows().every(({ disabledAt }) => disabledAt === noon)).toBe(true);
    expect(core.calls.filter((call) => call === 'guard.countRefusal')).toHaveLength(1);
  });

  it('marks no more than it believes, keeps the rest, and says so', async () => {
    const phones = lines.map((line) => aRegistration({ token: fcmToken(`phone-${line}`), registeredAt }));
    await core.seed(...phones);
    for (const phone of phones) {
      const arn = core.sns.endpointOf(phone, phone.token);
      core.sns.disable(arn);
      await core.feedback({ ...failure(), endpointArn: arn });
    }
    expect(core.rows().filter(({ disabledAt }) => disabledAt !== undefined)).toHaveLength(20);
    expect(core.trace.fields).toMatchObject({
      registrations: [{ verdict: 'kept-by-guard' }],
      keptByGuard: 1,
    });
  });

  it('asks it nothing for a row that was registered since, or is marked already', async () => {
    await core.seed({ ...row, registeredAt: noon + 1 });
    await core.feedback(failure());
    await core.seed({ ...row, disabledAt: noon - 1 });
    await core.feedback(failure());
    expect(core.calls.filter((call) => call.startsWith('guard.'))).toEqual([]);
  });

  it('asks it about the moment of the refusal: one of before the flag’s clearing is not believed, however late', async () => {
    core.guard.clear('demo', noon + 1);
    core.time.pass(60_000);
    await core.feedback(failure());
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    await core.feedback(failure('InvalidPlatformToken', noon + 1));
    expect(core.rows()[0]).toHaveProperty('disabledAt', noon + 1);
  });

  it('is handed back where the guard cannot be asked: nothing is marked unasked', async () => {
    core.before('guard.readGuard', () => Promise.reject(new Error('no answer')));
    await expect(core.feedback(failure())).rejects.toThrow('no answer');
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    await core.feedback(failure());
    expect(core.rows()[0]).toHaveProperty('disabledAt', noon);
  });
});
