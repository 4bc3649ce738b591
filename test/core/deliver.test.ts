import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { aRegistration, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
const [registeredAt, claimedAt] = [noon - 60_000, noon - 60_000];
const row = aRegistration({ token, registeredAt, claimedAt });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
/** A call's outcome for the one phone there is, and the requests that it took after the read. */
const ring = async () => {
  core.calls.length = 0;
  const { phones } = await core.pushCall();
  const [phone] = phones;
  return { outcome: phone?.accepted ? 'accepted' : phone?.reason, calls: core.calls.slice(1) };
};
const arnNow = () => core.rows()[0]?.endpointArn;
const again = () => {
  core.time.pass(1);
  return core.ports.table.claim({ ...row, registeredAt: core.time.clock.now() });
};

describe('deliver: the endpoint is disabled', () => {
  beforeEach(() => core.sns.disable(core.sns.endpointOf(row, token)));

  it('gives the token up for 30 days where the phone has not vouched for it since it was enabled', async () => {
    await core.seed(row);
    expect(await ring()).toEqual({
      outcome: 'endpoint-disabled',
      calls: ['sns.publish', 'guard.readGuard', 'guard.countRefusal', 'table.setRefusal'],
    });
    expect(core.rows()).toMatchObject([
      { disabledAt: noon, disabledReason: 'endpoint-disabled', expiresAt: noon + days(30) },
    ]);
    expect(core.sns.endpoints()).toMatchObject([{ enabled: false }]);
  });

  it('asks nothing of SNS for a token given up, until the phone registers it again', async () => {
    await core.seed(row);
    await ring();
    expect(await ring()).toEqual({ outcome: 'endpoint-disabled', calls: [] });
    await core.register({ token });
    expect(await ring()).toMatchObject({ outcome: 'accepted' });
  });

  it('keeps the token, and writes nothing, while the fleet guard’s flag is set', async () => {
    await core.seed(row);
    await core.guard.table.tripGuard('demo', noon, undefined);
    const rows = core.rows();
    expect(await ring()).toEqual({ outcome: 'endpoint-disabled', calls: ['sns.publish', 'guard.readGuard'] });
    expect(await ring()).toEqual({ outcome: 'endpoint-disabled', calls: ['sns.publish'] });
    expect(core.rows()).toEqual(rows);
    expect(core.trace.fields).toMatchObject({
      pushes: [{ outcome: 'endpoint-disabled', mark: 'kept-by-guard' }],
      keptByGuard: 1,
    });
  });

  it('enables it and pushes once more where the phone has vouched for it since', async () => {
    await core.seed({ ...row, verifiedAt: registeredAt - 1 });
    expect(await ring()).toEqual({
      outcome: 'accepted',
      calls: ['sns.publish', 'sns.enableEndpoint', 'table.setEndpoint', 'sns.publish'],
    });
    expect(core.rows()).toMatchObject([{ verifiedAt: noon }]);
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
  });

  it('makes it anew where somebody deletes it just after it was enabled', async () => {
    await core.seed({ ...row, verifiedAt: registeredAt - 1 });
    core.before('table.setEndpoint', () => core.ports.gateway.deleteEndpoint(arnNow() ?? ''));
    expect(await ring()).toMatchObject({ outcome: 'accepted' });
    expect(core.rows()).toMatchObject([{ endpointArn: arnNow() }]);
  });

  it('enables it once: refused again, the token is given up at the next call', async () => {
    await core.seed({ ...row, verifiedAt: registeredAt - 1 });
    await ring();
    core.sns.disable(arnNow() ?? '');
    expect(await ring()).toMatchObject({ outcome: 'endpoint-disabled' });
    expect(core.rows()).toMatchObject([{ disabledReason: 'endpoint-disabled' }]);
  });

  it('keeps the token where the phone registers it again just before it is given up', async () => {
    await core.seed(row);
    core.before('table.setRefusal', again);
    expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
  });

  it('leaves it at what its provider has said of it meanwhile', async () => {
    await core.seed(row);
    const said = { at: noon, reason: 'token-refused' } as const;
    const [stored = row] = core.rows();
    core.before('table.setRefusal', () => core.ports.table.setRefusal(row, said, row.expiresAt, stored));
    expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
    expect(core.rows()).toMatchObject([{ disabledReason: 'token-refused' }]);
  });

  it('sends nothing where the phone logs out while it is enabled', async () => {
    await core.seed({ ...row, verifiedAt: registeredAt - 1 });
    core.before('sns.enableEndpoint', () => core.delete({ token }));
    expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
    expect(core.sns.published).toEqual([]);
    expect(core.rows()).toEqual([]);
  });
});

describe('deliver: the endpoint is missing', () => {
  const made = ['sns.createEndpoint', 'table.setEndpoint', 'sns.publish'];

  it('is made, noted and pushed to, where the row has none', async () => {
    await core.ports.table.claim(row);
    expect(await ring()).toEqual({ outcome: 'accepted', calls: made });
    expect(arnNow()).toBe(core.sns.endpoints()[0]?.arn);
  });

  it('is made where SNS has it no more, in the same request', async () => {
    await core.seed(row);
    await core.ports.gateway.deleteEndpoint(arnNow() ?? '');
    expect(await ring()).toEqual({ outcome: 'accepted', calls: ['sns.publish', ...made] });
    expect(arnNow()).toBe(core.sns.endpoints()[0]?.arn);
  });

  it('is made where the row’s is another application’s', async () => {
    await core.seed({ ...row, endpointArn: core.sns.endpointOf({ ...row, app: 'pocket' }, token) });
    expect(await ring()).toEqual({ outcome: 'accepted', calls: made });
    expect(core.ports.gateway.belongs(core.sns.published[0]?.arn ?? '', row)).toBe(true);
  });

  it('is found disabled, and enabled: whether the phone vouched for it is not known', async () => {
    await core.ports.table.claim(row);
    core.sns.disable(core.sns.endpointOf(row, token));
    expect(await ring()).toMatchObject({ outcome: 'accepted' });
    expect(core.rows()).toMatchObject([{ verifiedAt: noon }]);
  });

  it.each(['table.setEndpoint', 'sns.createEndpoint'] as const)(
    'sends nothing, and leaves no endpoint, where the phone logs out before %s',
    async (request) => {
      await core.ports.table.claim(row);
      core.before(request, () => core.delete({ token }));
      expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
      expect(core.sns.published).toEqual([]);
      expect(core.rows()).toEqual([]);
      expect(core.sns.endpoints()).toEqual([]);
    },
  );

  it('sends nothing where the line passes to another extension meanwhile, which keeps its endpoint', async () => {
    await core.ports.table.claim(row);
    core.before('table.setEndpoint', () => core.register({ token, extension: '102' }));
    core.time.pass(1);
    expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
    expect(core.sns.published).toEqual([]);
    expect(arnNow()).toBe(core.sns.endpoints()[0]?.arn);
  });

  it('is not made over and over where it vanishes each time', async () => {
    await core.seed(row);
    core.sns.intercept(({ method }) => (method === 'publish' ? 'endpoint-missing' : undefined));
    expect(await ring()).toEqual({ outcome: 'registration-changed', calls: ['sns.publish', ...made] });
  });

  it.each(['invalid-token', 'application-disabled', 'not-authorized'] as const)(
    'cannot be made: %s is told, and the row is left alone',
    async (reason) => {
      await core.ports.table.claim(row);
      const rows = core.rows();
      core.sns.intercept(() => reason);
      expect(await ring()).toEqual({ outcome: reason, calls: ['sns.createEndpoint'] });
      expect(core.rows()).toEqual(rows);
    },
  );

  it('is made again after a throttled try, while there is time', async () => {
    await core.ports.table.claim(row);
    const reasons: ('throttled' | undefined)[] = ['throttled'];
    core.sns.intercept(() => reasons.shift());
    expect(await ring()).toEqual({ outcome: 'accepted', calls: ['sns.createEndpoint', ...made] });
  });
});
