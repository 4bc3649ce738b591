import { beforeEach, describe, expect, it } from 'vitest';
import { devices } from '../../lambda/core/devices.ts';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { appleToken, aRegistration, aTrace, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const list = (who = caller()) => devices(core.ports, who, { extension: '101' }, aTrace());

describe('devices', () => {
  it('tells all of a registration but its token and endpoint', async () => {
    const token = appleToken('ann');
    await core.seed(
      aRegistration({
        token,
        platform: 'apns',
        environment: 'sandbox',
        line: 2,
        deviceId: 'iphone',
        deviceName: 'Ann’s phone',
        callAlerts: true,
      }),
    );
    const answer = await list();
    expect(answer).toEqual({
      extension: '101',
      devices: [
        {
          fingerprint: fingerprintOf(token),
          deviceId: 'iphone',
          deviceName: 'Ann’s phone',
          platform: 'apns',
          app: 'demo',
          environment: 'sandbox',
          line: 2,
          callAlerts: true,
          registeredAt: '2026-11-22T12:00:00.000Z',
          expiresAt: '2026-11-22T12:16:40.000Z',
        },
      ],
    });
    expect(JSON.stringify(answer)).not.toContain(token);
    expect(core.calls).toEqual(['table.ofExtension']);
  });

  it('tells since when, and why, a phone is not woken', async () => {
    const token = fcmToken('ann');
    await core.seed(aRegistration({ token, disabledAt: noon + 1, disabledReason: 'token-refused' }));
    expect((await list()).devices).toEqual([
      expect.objectContaining({
        disabledAt: '2026-11-22T12:00:00.001Z',
        disabledReason: 'token-refused',
      }),
    ]);
  });

  it('tells the oldest first', async () => {
    await core.seed(
      aRegistration({ token: fcmToken('young'), deviceId: 'young', registeredAt: noon - 1 }),
      aRegistration({ token: fcmToken('old'), deviceId: 'old', registeredAt: noon - 9 }),
    );
    expect((await list()).devices.map(({ deviceId }) => deviceId)).toEqual(['old', 'young']);
  });

  it('leaves out what is past its time, another PBX’s, another extension’s, and what a limited key may not see', async () => {
    await core.seed(
      aRegistration({ token: fcmToken('dead'), expiresAt: noon }),
      aRegistration({ token: fcmToken('foreign'), pbxId: 'pbx-2' }),
      aRegistration({ token: fcmToken('other'), extension: '102' }),
      aRegistration({ token: fcmToken('app'), app: 'pocket' }),
    );
    expect((await list()).devices.map(({ app }) => app)).toEqual(['pocket']);
    expect((await list({ ...caller(), apps: ['demo'] })).devices).toEqual([]);
  });
});
