import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const snsCalls = () => core.calls.filter((call) => call.startsWith('sns.'));
const asked = ['sns.createEndpoint', 'sns.enableEndpoint'];

describe('register: what it answers and writes', () => {
  it('creates a registration with an enabled endpoint', async () => {
    const request = { token, line: 2, deviceId: 'phone', deviceName: 'Ann’s phone', callAlerts: false };
    expect(await core.register(request)).toEqual({ status: 'created', devices: 1 });
    expect(core.rows()).toEqual([
      {
        ...request,
        tokenHash: hashOf(token),
        pbxId: 'pbx-1',
        app: 'demo',
        platform: 'fcm',
        environment: 'production',
        extension: '101',
        registeredAt: noon,
        claimedAt: noon,
        verifiedAt: noon,
        expiresAt: noon + days(270),
        endpointArn: core.sns.endpoints()[0]?.arn,
      },
    ]);
    expect(core.sns.endpoints()).toMatchObject([{ token, enabled: true }]);
    expect(core.calls).toEqual(['table.claim', ...asked, 'table.setEndpoint', 'table.ofExtension']);
  });

  it('refreshes for the same extension, moves to another, and creates for another line, PBX or token', async () => {
    await core.register({ token });
    expect(await core.register({ token })).toMatchObject({ status: 'refreshed' });
    expect(await core.register({ token, extension: '102' })).toMatchObject({ status: 'moved' });
    expect(await core.register({ token, line: 2 })).toMatchObject({ status: 'created' });
    expect(await core.register({ token }, caller('pbx-2'))).toMatchObject({ status: 'created' });
    expect(await core.register({ token: fcmToken('bob') })).toMatchObject({ status: 'created' });
    expect(core.rows()).toHaveLength(4);
    expect(core.sns.endpoints()).toHaveLength(2);
  });

  it('creates anew what is past its time', async () => {
    await core.seed(aRegistration({ token, extension: '102', expiresAt: noon }));
    expect(await core.register({ token })).toMatchObject({ status: 'created' });
  });

  it('keeps Apple’s token in lower case: one row, however it is written', async () => {
    const apple = { token: appleToken('ann').toUpperCase(), platform: 'apns-voip' as const };
    await core.register(apple);
    const again = await core.register({ ...apple, token: appleToken('ann') });
    expect(again).toMatchObject({ status: 'refreshed' });
    expect(core.rows()).toMatchObject([{ token: appleToken('ann') }]);
  });

  it('asks and writes nothing where the app is refused', async () => {
    const limited = { ...caller(), apps: ['pocket'] };
    await expect(core.register({ token }, limited)).rejects.toMatchObject({ code: 'app-not-allowed' });
    await expect(core.register({ token, app: 'no' })).rejects.toMatchObject({ code: 'unknown-app' });
    expect(core.calls).toEqual([]);
  });

  it('has written nothing where the table fails at the first write', async () => {
    const fault = new Error('down');
    core.before('table.claim', () => Promise.reject(fault));
    await expect(core.register({ token })).rejects.toBe(fault);
    expect(core.rows()).toEqual([]);
    expect(snsCalls()).toEqual([]);
  });
});

describe('register: how many phones and registrations', () => {
  const others = (count: number, changes = {}) =>
    Array.from({ length: count }, (_, index) =>
      aRegistration({
        token: fcmToken(`old ${index}`),
        registeredAt: noon - 1_000 + index,
        claimedAt: noon - 1_000 + index,
        ...changes,
      }),
    );

  it('counts phones, not tokens, this one too where the index lags', async () => {
    core.freezeIndex();
    expect(await core.register({ token, deviceId: 'iphone' })).toMatchObject({ devices: 1 });
  });

  it('counts an iPhone’s two tokens once, and neither the dead nor the refused', async () => {
    const voip = { token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' } as const;
    await core.seed(
      aRegistration(voip),
      aRegistration({ token: fcmToken('dead'), expiresAt: noon }),
      aRegistration({ token: fcmToken('refused'), disabledAt: noon - 5, disabledReason: 'token-refused' }),
    );
    const alert = { token: appleToken('alert'), platform: 'apns', deviceId: 'iphone' } as const;
    expect(await core.register(alert)).toMatchObject({ devices: 1 });
    expect(await core.register({ token })).toMatchObject({ devices: 2 });
  });

  it('counts this phone once where the index still shows what it was', async () => {
    await core.seed(aRegistration({ token, deviceId: 'before' }));
    core.freezeIndex();
    expect(await core.register({ token, deviceId: 'after' })).toMatchObject({ devices: 1 });
  });

  it('drops the oldest above the cap', async () => {
    core.ports.registrationsPerExtension = 3;
    await core.seed(...others(4));
    expect(await core.register({ token })).toMatchObject({ devices: 3 });
    expect(core.rows().map((row) => row.token)).toEqual([fcmToken('old 2'), fcmToken('old 3'), token]);
  });

  it('drops refused ones first, young as they may be', async () => {
    core.ports.registrationsPerExtension = 3;
    const refused = { token: fcmToken('refused'), disabledAt: noon - 1 } as const;
    await core.seed(...others(2), aRegistration({ ...refused, disabledReason: 'token-refused' }));
    expect(await core.register({ token })).toMatchObject({ devices: 3 });
    expect(core.rows().map((row) => row.token)).toEqual([fcmToken('old 0'), fcmToken('old 1'), token]);
  });

  it('drops the oldest of the refused ones, where not all must go', async () => {
    core.ports.registrationsPerExtension = 3;
    const refused = (name: string, registeredAt: number) =>
      aRegistration({
        token: fcmToken(name),
        registeredAt,
        disabledAt: noon,
        disabledReason: 'token-refused',
      });
    await core.seed(refused('young', noon - 1), refused('old', noon - 9), ...others(1));
    await core.register({ token });
    expect(core.rows().map((row) => row.token)).toEqual([fcmToken('young'), fcmToken('old 0'), token]);
  });

  it('never drops the one just registered, even where only one may stay', async () => {
    core.ports.registrationsPerExtension = 1;
    await core.seed(...others(2, { registeredAt: noon + 5_000 }));
    expect(await core.register({ token })).toMatchObject({ devices: 1 });
    expect(core.rows()).toMatchObject([{ token }]);
  });

  it('neither counts nor drops what a limited key may not see', async () => {
    core.ports.registrationsPerExtension = 1;
    await core.seed(...others(2, { app: 'pocket' }));
    expect(await core.register({ token }, { ...caller(), apps: ['demo'] })).toMatchObject({ devices: 1 });
    expect(core.rows()).toHaveLength(3);
  });

  it('drops none that has registered again, or moved, while it was counted', async () => {
    core.ports.registrationsPerExtension = 1;
    const [again, moved] = others(2);
    if (again === undefined || moved === undefined) throw new Error('two are needed');
    await core.seed(again, moved);
    core.before('table.remove', async () => {
      await core.ports.table.claim({ ...again, registeredAt: noon + 1 });
      await core.ports.table.claim({ ...moved, extension: '102' });
    });
    await core.register({ token });
    expect(core.rows()).toHaveLength(3);
  });
});
