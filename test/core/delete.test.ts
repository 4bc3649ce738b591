import { beforeEach, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
const row = aRegistration({ token });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const left = () => core.rows().map(({ token, pbxId, line }) => ({ token, pbxId, line }));

describe('delete', () => {
  it('removes every line of a token at this PBX, and at no other', async () => {
    await core.seed(row, { ...row, line: 2 }, { ...row, pbxId: 'pbx-2' });
    expect(await core.delete({ token })).toEqual({ deleted: 2 });
    expect(left()).toEqual([{ token, pbxId: 'pbx-2', line: 1 }]);
  });

  it('removes one line where one is named', async () => {
    await core.seed(row, { ...row, line: 2 });
    expect(await core.delete({ token, line: 2 })).toEqual({ deleted: 1 });
    expect(left()).toEqual([{ token, pbxId: 'pbx-1', line: 1 }]);
  });

  it('counts none that is past its time: it was dead already', async () => {
    await core.seed(aRegistration({ token: fcmToken('dead'), expiresAt: noon }));
    expect(await core.delete({ token: fcmToken('dead') })).toEqual({ deleted: 0 });
    expect(await core.delete({ extension: '101' })).toEqual({ deleted: 0 });
  });

  it('finds Apple’s token in capitals', async () => {
    const apple = appleToken('ann');
    await core.seed(aRegistration({ token: apple, platform: 'apns-voip' }));
    expect(await core.delete({ token: apple.toUpperCase() })).toEqual({ deleted: 1 });
  });

  it('removes an extension, one of its phones, or one of its tokens', async () => {
    const phone = { ...row, deviceId: 'phone' };
    const other = aRegistration({ token: fcmToken('other') });
    const elsewhere = aRegistration({ token: fcmToken('elsewhere'), extension: '102', deviceId: 'phone' });

    await core.seed(phone, other, elsewhere);
    expect(await core.delete({ extension: '101', deviceId: 'phone' })).toEqual({ deleted: 1 });
    const fingerprint = fingerprintOf(other.token);
    expect(await core.delete({ extension: '102', fingerprint })).toEqual({ deleted: 0 });
    expect(await core.delete({ extension: '101', fingerprint })).toEqual({ deleted: 1 });
    await core.seed(phone, other);
    expect(await core.delete({ extension: '101' })).toEqual({ deleted: 2 });
    expect(left().map(({ token }) => token)).toEqual([elsewhere.token]);
  });

  it('has nothing to delete where nothing is, and tells a foreign token from none by nothing', async () => {
    await core.seed({ ...row, pbxId: 'pbx-2' });
    const foreign = await core.delete({ token });
    const foreignCalls = core.calls.splice(0);
    expect(await core.delete({ token: fcmToken('nobody') })).toEqual(foreign);
    expect(core.calls).toEqual(foreignCalls);
    expect(foreign).toEqual({ deleted: 0 });
    expect(left()).toHaveLength(1);
  });

  it('removes refused rows too, and asks nothing of SNS: the stream does', async () => {
    await core.seed({ ...row, disabledAt: noon, disabledReason: 'token-refused' });
    expect(await core.delete({ token })).toEqual({ deleted: 1 });
    expect(core.calls).toEqual(['table.ofToken', 'table.remove']);
    expect(core.sns.endpoints()).toHaveLength(1);
  });

  it('leaves a registration that passed to another extension while the index lagged', async () => {
    await core.seed(row);
    core.freezeIndex();
    await core.register({ token, extension: '102' });
    expect(await core.delete({ extension: '101' })).toEqual({ deleted: 0 });
    expect(core.rows()).toMatchObject([{ extension: '102' }]);
  });

  it('logs a line out even where the phone registered it again a moment ago: the phone asked for it', async () => {
    await core.seed(row);
    core.before('table.remove', () => core.register({ token }));
    expect(await core.delete({ token })).toEqual({ deleted: 1 });
    expect(left()).toEqual([]);
  });

  it('leaves other apps’ registrations to other keys', async () => {
    await core.seed(row, { ...row, line: 2, app: 'pocket' });
    expect(await core.delete({ token }, { ...caller(), apps: ['pocket'] })).toEqual({ deleted: 1 });
    expect(left()).toEqual([{ token, pbxId: 'pbx-1', line: 1 }]);
  });

  it('fails where the table does, and says nothing was deleted', async () => {
    const fault = new Error('down');
    await core.seed(row);
    core.before('table.remove', () => Promise.reject(fault));
    await expect(core.delete({ token })).rejects.toBe(fault);
    expect(left()).toHaveLength(1);
  });
});
