import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCloud } from './support.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
afterEach(async () => {
  await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
  await cloud.pbx.send('/_local/pushes', { method: 'DELETE' });
});

const hmsToken = (name: string): string => `IQAAAACy0-${name}-${'x'.repeat(24)}`;
const register = (extension: string, token: string, more: object = {}) =>
  cloud.pbx.post('/register', { extension, token, platform: 'hms', ...more });
const pushTo = (token: string) => cloud.pushes.next((push) => push.token === token, 5_000);

describe('phones of Huawei', () => {
  it('ring, each by the API of its system', async () => {
    const [old, next] = [hmsToken('old'), hmsToken('next')];
    await register('300', old, { deviceId: 'old' });
    expect((await register('300', next, { deviceId: 'next', harmonyOs: true })).body).toMatchObject({
      devices: 2,
    });
    const { body } = await cloud.pbx.post('/push_call', { to: '300', from: '100', fromName: 'Ann' });
    expect(body).toMatchObject({ devices: 2, accepted: 2 });
    expect(await pushTo(old)).toMatchObject({
      provider: 'huawei',
      payload: { message: { token: [old], android: { urgency: 'HIGH', category: 'VOIP' } } },
    });
    expect(await pushTo(next)).toMatchObject({
      provider: 'huawei',
      headers: { 'push-type': '10' },
      payload: { target: { token: [next] } },
    });
    expect(cloud.pushes.list()).toHaveLength(2);
  });

  it('show a message', async () => {
    const token = hmsToken('message');
    await register('301', token);
    const message = { to: '301', from: '100', fromName: 'Ann', kind: 'message', text: 'Hi' };
    expect((await cloud.pbx.post('/push_message', message)).body).toMatchObject({ accepted: 1 });
    expect(await pushTo(token)).toMatchObject({
      payload: { message: { android: { notification: { title_loc_key: 'PNS_MESSAGE_FROM', body: 'Hi' } } } },
    });
  });

  it('whose token Huawei refuses are given up at once, and are woken again once they register', async () => {
    const token = hmsToken('gone');
    await register('302', token);
    await cloud.pbx.post('/_local/faults', { token, fault: '80300007' });
    const call = { to: '302', from: '100' };
    expect((await cloud.pbx.post('/push_call', call)).body).toMatchObject({
      accepted: 0,
      phones: [{ platform: 'hms', accepted: false, reason: 'token-refused', retryable: false }],
    });
    await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
    expect((await cloud.pbx.post('/push_call', call)).body).toMatchObject({ devices: 0, accepted: 0 });
    await register('302', token);
    expect((await cloud.pbx.post('/push_call', call)).body).toMatchObject({ accepted: 1 });
  });

  it('keep their tokens whatever Huawei has against the app', async () => {
    const token = hmsToken('kept');
    await register('303', token);
    await cloud.pbx.post('/_local/faults', { token, fault: '80300002' });
    const call = { to: '303', from: '100' };
    expect((await cloud.pbx.post('/push_call', call)).body).toMatchObject({
      devices: 1,
      phones: [{ reason: 'application-disabled' }],
    });
    await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
    expect((await cloud.pbx.post('/push_call', call)).body).toMatchObject({ devices: 1, accepted: 1 });
  });

  it('are in no log by their tokens', () => {
    expect(cloud.logs.length).toBeGreaterThan(0);
    expect(cloud.logs.join('\n')).not.toContain('IQAAAACy0');
  });
});
