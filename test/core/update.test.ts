import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const [oldToken, newToken] = [fcmToken('old'), fcmToken('new')];
const before = { registeredAt: noon - 60_000, claimedAt: noon - 60_000 };
const old = aRegistration({ token: oldToken, deviceId: 'phone', deviceName: 'Ann’s', ...before });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const rowsOf = (token: string) => core.rows().filter((row) => row.token === token);

describe('update', () => {
  it('moves a registration to the new token, with an enabled endpoint, and hands its claim on', async () => {
    await core.seed(old);
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    expect(core.rows()).toEqual([
      {
        ...old,
        token: newToken,
        tokenHash: aRegistration({ token: newToken }).tokenHash,
        registeredAt: noon,
        claimedAt: old.claimedAt,
        verifiedAt: noon,
        expiresAt: noon + days(270),
        endpointArn: core.sns.endpointOf(old, newToken),
      },
    ]);
  });

  it('never changes an endpoint: another PBX may share it', async () => {
    await core.seed(old, { ...old, pbxId: 'pbx-2' });
    const shared = core.sns.endpoints();
    await core.update(oldToken, newToken);
    expect(core.sns.endpoints()).toEqual([...shared, expect.objectContaining({ token: newToken })]);
    expect(rowsOf(oldToken)).toMatchObject([{ pbxId: 'pbx-2', endpointArn: shared[0]?.arn }]);
  });

  it('moves every line, and another app’s only with a key for it', async () => {
    await core.seed(old, { ...old, line: 2 }, { ...old, line: 3, app: 'pocket' });
    const limited = { ...caller(), apps: ['demo'] };
    expect(await core.update(oldToken, newToken, limited)).toEqual({ updated: 2 });
    expect(rowsOf(oldToken)).toMatchObject([{ line: 3 }]);
  });

  it('answers a repeat as it did the first time', async () => {
    await core.seed(old);
    await core.update(oldToken, newToken);
    core.calls.length = 0;
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    expect(core.calls).toEqual(['table.ofToken', 'table.ofToken']);
  });

  it('answers a repeat to no key that may not see the app: it learns no more than of a token that nobody has', async () => {
    await core.seed(old);
    await core.update(oldToken, newToken);
    const limited = { ...caller(), apps: ['pocket'] };
    await expect(core.update(oldToken, newToken, limited)).rejects.toMatchObject({
      code: 'unknown-token',
      complaints: [{ path: 'oldToken', expected: 'a token that this PBX has registered' }],
    });
  });

  it('changes nothing where the tokens are one and the same, in capitals too', async () => {
    const token = appleToken('ann');
    await core.seed(aRegistration({ token, platform: 'apns-voip' }));
    const rows = core.rows();
    expect(await core.update(token, token.toUpperCase())).toEqual({ updated: 1 });
    expect(core.rows()).toEqual(rows);
    expect(core.calls).toEqual(['table.ofToken']);
  });

  it('knows neither token that nobody has, that another PBX has, or that is past its time: no difference', async () => {
    const answers: unknown[] = [];
    const ask = async () => {
      core.calls.length = 0;
      const refused = await core.update(oldToken, newToken).catch((error: unknown) => error);
      answers.push([refused, [...core.calls]]);
    };
    await ask();
    await core.seed({ ...old, pbxId: 'pbx-2' }, aRegistration({ token: newToken, pbxId: 'pbx-2' }));
    const rows = core.rows();
    await ask();
    expect(core.rows()).toEqual(rows);
    await core.seed({ ...old, expiresAt: noon });
    await ask();
    expect(answers[0]).toEqual([
      expect.objectContaining({ code: 'unknown-token' }),
      ['table.ofToken', 'table.ofToken'],
    ]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  it('leaves the new token to whoever claimed it later, and lets the old one go', async () => {
    const later = aRegistration({
      token: newToken,
      extension: '102',
      registeredAt: noon - 1,
      claimedAt: noon - 1,
    });
    await core.seed(old, later);
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    expect(core.rows()).toMatchObject([{ token: newToken, extension: '102' }]);
  });

  it('takes the new token over from an earlier claim, and from one past its time', async () => {
    const earlier = {
      token: newToken,
      extension: '102',
      registeredAt: noon - 90_000,
      claimedAt: noon - 90_000,
    };
    await core.seed(old, aRegistration(earlier));
    await core.update(oldToken, newToken);
    expect(core.rows()).toMatchObject([{ token: newToken, extension: '101' }]);

    core = createCorePorts();
    await core.seed(old, aRegistration({ ...earlier, claimedAt: noon, expiresAt: noon }));
    await core.update(oldToken, newToken);
    expect(core.rows()).toMatchObject([{ token: newToken, extension: '101' }]);
  });

  it('brings no refusal along: the new token is not the refused one', async () => {
    await core.seed({ ...old, disabledAt: noon - 5, disabledReason: 'token-refused' });
    await core.update(oldToken, newToken);
    const [row] = core.rows();
    expect(row).not.toHaveProperty('disabledAt');
    expect(row).not.toHaveProperty('disabledReason');
  });

  it('takes along what the phone registered while it was moved', async () => {
    await core.seed(old);
    core.before('table.remove', async () => {
      core.time.pass(1);
      await core.register({ token: oldToken, extension: '102' });
    });
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    expect(core.rows()).toMatchObject([{ token: newToken, extension: '102' }]);
  });

  it('asks to come again where the registration keeps changing, and loses nothing', async () => {
    await core.seed(old);
    const { table } = core.ports;
    core.ports.table = {
      ...table,
      remove: async () => {
        core.time.pass(1);
        await core.register({ token: oldToken });
        return false;
      },
    };
    await expect(core.update(oldToken, newToken)).rejects.toMatchObject({ code: 'unavailable' });
    expect(core.rows().map(({ token }) => token)).toEqual([oldToken, newToken]);
  });

  it('takes a token that SNS refuses back, and keeps the old one', async () => {
    await core.seed(old);
    core.sns.refuseToken(newToken);
    await expect(core.update(oldToken, newToken)).rejects.toMatchObject({
      code: 'invalid-token',
      complaints: [expect.objectContaining({ path: 'newToken' })],
    });
    expect(core.rows()).toMatchObject([{ token: oldToken, extension: '101' }]);
  });

  it('leaves a refused new token to a phone that has registered it since', async () => {
    await core.seed(old);
    core.sns.refuseToken(newToken);
    const since = aRegistration({ token: newToken, registeredAt: noon + 1, claimedAt: noon + 1 });
    core.before('sns.createEndpoint', () => core.ports.table.claim(since));
    await expect(core.update(oldToken, newToken)).rejects.toMatchObject({ code: 'invalid-token' });
    expect(rowsOf(newToken)).toEqual([since]);
  });

  it('keeps Apple’s new token in lower case, as register does', async () => {
    await core.seed(aRegistration({ token: appleToken('old'), platform: 'apns-voip' }));
    await core.update(appleToken('old'), appleToken('new').toUpperCase());
    expect(core.rows()).toMatchObject([{ token: appleToken('new') }]);
  });

  it('moves the registration though SNS is down: the next call makes the endpoint', async () => {
    await core.seed(old);
    core.sns.intercept(() => 'unavailable');
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    core.sns.intercept(undefined);
    expect(await core.pushCall()).toMatchObject({ accepted: 1 });
    expect(core.sns.published).toMatchObject([{ token: newToken }]);
  });

  it('leaves both where it was cut off in between, and a repeat ends it', async () => {
    await core.seed(old);
    core.before('table.remove', () => Promise.reject(new Error('cut off')));
    await expect(core.update(oldToken, newToken)).rejects.toThrow('cut off');
    expect(core.rows()).toHaveLength(2);
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 1 });
    expect(core.rows()).toMatchObject([{ token: newToken }]);
  });

  it.each([
    ['platform', { platform: 'apns-voip' as const, token: appleToken('live') }],
    ['app', { app: 'other', token: fcmToken('live') }],
  ])('refuses a new token that is registered for another %s, and takes nothing over', async (_, kind) => {
    const live = aRegistration({
      extension: '999',
      registeredAt: noon - 90_000,
      claimedAt: noon - 90_000,
      ...kind,
    });
    await core.seed(old, live);
    const stored = core.rows();
    await expect(core.update(oldToken, live.token)).rejects.toMatchObject({ code: 'invalid-token' });
    expect(core.rows()).toEqual(stored);
    expect(core.calls.filter((call) => call.startsWith('sns.'))).toEqual([]);
  });

  const voip = { platform: 'apns-voip' as const, ...before };
  const [oldVoip, newVoip] = [appleToken('old'), appleToken('new')];

  it('refuses a new token that is registered for another environment', async () => {
    await core.seed(
      aRegistration({ ...voip, token: oldVoip }),
      aRegistration({ ...voip, token: newVoip, environment: 'sandbox' }),
    );
    const stored = core.rows();
    await expect(core.update(oldVoip, newVoip)).rejects.toMatchObject({ code: 'invalid-token' });
    expect(core.rows()).toEqual(stored);
  });

  it('removes what another environment has left under the new token, so that its endpoint is released', async () => {
    const dead = { ...voip, token: newVoip, environment: 'sandbox' as const, expiresAt: noon };
    await core.seed(aRegistration({ ...voip, token: oldVoip }), aRegistration(dead));
    const released: string[] = [];
    core.onRemoved(({ environment }) => released.push(environment));
    expect(await core.update(oldVoip, newVoip)).toEqual({ updated: 1 });
    expect(core.rows()).toMatchObject([{ token: newVoip, environment: 'production' }]);
    expect(released).toEqual(['sandbox', 'production']);
  });

  it('leaves a phone that registers the old token for another environment meanwhile', async () => {
    await core.seed(aRegistration({ ...voip, token: oldVoip }));
    core.before('table.remove', async () => {
      core.time.pass(1);
      await core.register({ token: oldVoip, ...voip, environment: 'sandbox', extension: '102' });
    });
    expect(await core.update(oldVoip, newVoip)).toEqual({ updated: 1 });
    expect(core.rows()).toMatchObject([
      { token: oldVoip, environment: 'sandbox', extension: '102' },
      { token: newVoip, environment: 'production', extension: '101' },
    ]);
  });

  it('keeps a registration whose new token is registered for another environment meanwhile', async () => {
    await core.seed(aRegistration({ ...voip, token: oldVoip, environment: 'sandbox' }));
    const request = { token: newVoip, platform: 'apns-voip', extension: '102' } as const;
    core.before('table.inherit', () => core.register(request));
    await expect(core.update(oldVoip, newVoip)).rejects.toMatchObject({ code: 'invalid-token' });
    expect(core.rows()).toMatchObject([
      { token: oldVoip, environment: 'sandbox', extension: '101' },
      { token: newVoip, environment: 'production', extension: '102' },
    ]);
  });

  it('refuses what is no token of Apple’s before anything is written', async () => {
    await core.seed(aRegistration({ token: appleToken('old'), platform: 'apns-voip' }));
    const stored = core.rows();
    const request = core.update(appleToken('old'), fcmToken('new'));
    await expect(request).rejects.toMatchObject({
      code: 'invalid-token',
      complaints: [{ path: 'newToken', expected: expect.stringContaining('apns-voip') }],
    });
    expect(core.rows()).toEqual(stored);
  });

  it('asks an SNS that is down no longer for many lines than for one', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => ({ ...old, line: index + 1 }));
    await core.seed(...lines);
    core.sns.intercept(() => {
      core.time.pass(1_500);
      return 'unavailable' as const;
    });
    const start = core.time.clock.now();
    expect(await core.update(oldToken, newToken)).toEqual({ updated: 20 });
    expect(core.time.clock.now() - start).toBeLessThan(6_000);
  });
});
