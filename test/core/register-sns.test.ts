import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { ServiceError } from '../../lambda/core/errors.ts';
import { appleToken, aRegistration, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const snsCalls = () => core.calls.filter((call) => call.startsWith('sns.'));
const asked = ['sns.createEndpoint', 'sns.enableEndpoint'];

describe('register: when SNS is asked', () => {
  const settled = aRegistration({ token, registeredAt: noon - 3_600_000, claimedAt: noon - 3_600_000 });

  it('not within a day of the last time', async () => {
    await core.seed({ ...settled, verifiedAt: noon - days(1) + 1 });
    expect(await core.register({ token })).toEqual({ status: 'refreshed', devices: 1 });
    expect(core.calls).toEqual(['table.claim', 'table.ofExtension']);
    expect(core.rows()).toMatchObject([{ registeredAt: noon, verifiedAt: noon - days(1) + 1 }]);
  });

  it('not for another extension either: the endpoint is the token’s', async () => {
    await core.seed(settled);
    expect(await core.register({ token, extension: '102' })).toMatchObject({ status: 'moved' });
    expect(snsCalls()).toEqual([]);
  });

  it('after a day', async () => {
    await core.seed({ ...settled, verifiedAt: noon - days(1) });
    await core.register({ token });
    expect(snsCalls()).toEqual(asked);
    expect(core.rows()).toMatchObject([{ verifiedAt: noon }]);
  });

  it('after a refusal, which the phone’s word undoes', async () => {
    await core.seed({ ...settled, disabledAt: noon - 1, disabledReason: 'token-refused' });
    core.sns.disable(core.sns.endpointOf(settled, token));
    expect(await core.register({ token })).toEqual({ status: 'refreshed', devices: 1 });
    expect(snsCalls()).toEqual(asked);
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    expect(core.sns.endpoints()).toMatchObject([{ enabled: true }]);
  });

  const apple = appleToken('ann');
  const voip = { ...settled, ...aRegistration({ token: apple, platform: 'apns-voip' }) };
  const toSandbox = () => core.register({ token: apple, platform: 'apns-voip', environment: 'sandbox' });

  it('for another app, platform or environment than last time, and the former endpoint goes', async () => {
    await core.seed(voip);
    await toSandbox();
    expect(snsCalls()).toEqual([...asked, 'sns.createEndpoint', 'sns.deleteEndpoint']);
    const [row] = core.rows();
    expect(core.ports.gateway.belongs(row?.endpointArn ?? '', { ...settled, ...row })).toBe(true);
    expect(core.sns.endpoints()).toMatchObject([{ arn: row?.endpointArn }]);
  });

  it('for another environment, and the former endpoint stays where somebody else has it', async () => {
    await core.seed(voip, { ...voip, pbxId: 'pbx-2' });
    await toSandbox();
    expect(snsCalls()).toEqual(asked);
    expect(core.sns.endpoints()).toHaveLength(2);
  });

  it('for another environment, though SNS deletes nothing now', async () => {
    await core.seed(voip);
    core.sns.intercept(({ method }) => (method === 'deleteEndpoint' ? 'unavailable' : undefined));
    expect(await toSandbox()).toMatchObject({ status: 'refreshed' });
    expect(core.rows()).toMatchObject([{ environment: 'sandbox', endpointArn: expect.any(String) }]);
  });

  it('for another environment, though the table cannot be asked who else has the token', async () => {
    await core.seed(voip);
    core.before('table.ofTokenAnywhere', () => Promise.reject(new ServiceError('unavailable', 'not now')));
    expect(await toSandbox()).toMatchObject({ status: 'refreshed' });
    expect(core.rows()).toMatchObject([{ environment: 'sandbox', endpointArn: expect.any(String) }]);
  });

  it('for another platform that refuses the token: it is not registered, and the former endpoint goes', async () => {
    await core.seed(voip);
    core.sns.refuseToken(apple);
    await expect(core.register({ token: apple, platform: 'apns', deviceId: 'ann' })).rejects.toMatchObject({
      code: 'invalid-token',
    });
    expect([core.rows(), core.sns.endpoints()]).toEqual([[], []]);
  });

  it('not where Google’s is told to be of an environment, which it has none of', async () => {
    await core.seed(settled);
    await core.register({ token, environment: 'sandbox' });
    expect(snsCalls()).toEqual([]);
    expect(core.rows()).toMatchObject([{ environment: 'production' }]);
  });

  it('where the row has no endpoint yet', async () => {
    await core.ports.table.claim(settled);
    await core.register({ token });
    expect(snsCalls()).toEqual(asked);
  });

  it('where the row was past its time', async () => {
    await core.seed({ ...settled, expiresAt: noon });
    await core.register({ token });
    expect(snsCalls()).toEqual(asked);
  });
});

describe('register: what SNS may come to', () => {
  it.each(['throttled', 'unavailable'] as const)(
    'keeps the registration where SNS is %s all the while, and answers',
    async (reason) => {
      core.sns.intercept(() => reason);
      expect(await core.register({ token })).toEqual({ status: 'created', devices: 1 });
      expect(core.rows()[0]).not.toHaveProperty('endpointArn');
      expect(core.time.clock.now()).toBeLessThan(noon + 3_000);
      expect(core.trace.fields).toMatchObject({ endpoint: reason });
    },
  );

  it.each(['application-disabled', 'not-authorized', 'invalid-notification'] as const)(
    'keeps the registration where the deployment is at fault: %s',
    async (reason) => {
      core.sns.intercept(() => reason);
      expect(await core.register({ token })).toEqual({ status: 'created', devices: 1 });
      expect(snsCalls()).toEqual(['sns.createEndpoint']);
    },
  );

  it('makes the endpoint again where it went before it was enabled', async () => {
    core.before('sns.enableEndpoint', () =>
      core.ports.gateway.deleteEndpoint(core.sns.endpoints()[0]?.arn ?? ''),
    );
    await core.register({ token });
    expect(core.rows()).toMatchObject([{ endpointArn: core.sns.endpoints()[0]?.arn }]);
  });

  it('forgets a token that SNS refuses, and names the field', async () => {
    core.sns.refuseToken(token);
    await expect(core.register({ token })).rejects.toMatchObject({
      code: 'invalid-token',
      complaints: [expect.objectContaining({ path: 'token' })],
    });
    expect(core.rows()).toEqual([]);
  });

  it('leaves the row of a refused token to a phone that has registered it since', async () => {
    core.sns.refuseToken(token);
    core.before('table.remove', async () => {
      core.time.pass(1);
      await core.ports.table.claim(aRegistration({ token, registeredAt: noon + 1 }));
    });
    await expect(core.register({ token })).rejects.toMatchObject({ code: 'invalid-token' });
    expect(core.rows()).toMatchObject([{ registeredAt: noon + 1 }]);
  });

  it('leaves no endpoint behind where the phone logged out meanwhile', async () => {
    core.before('sns.enableEndpoint', () => core.delete({ token }));
    await core.register({ token });
    expect(core.rows()).toEqual([]);
    expect(core.sns.endpoints()).toEqual([]);
  });
});
