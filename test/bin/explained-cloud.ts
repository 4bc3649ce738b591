import { expect } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { demoSettings } from '../../local/settings.ts';
import { startCloud } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { runAdmin } from './admin-command.ts';

/** The local cloud, asked by `pns-admin why` what became of its pushes. */
export const startExplainedCloud = async () => {
  // Few enough to be used up, and more than the tests of another PBX take.
  const cloud = await startCloud({
    settings: { ...demoSettings(), brake: { callsPerSecond: 1, burst: 40 } },
  });

  const why = (...args: string[]) => runAdmin(['why', ...args, '--local', cloud.info.url]);
  const told = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await why(...args, '--json');
    expect(exitCode, stderr).toBe(0);
    return JSON.parse(stdout);
  };
  const ok = async (path: string, body: object, pbx: Pick<typeof cloud.pbx, 'post'> = cloud.pbx) => {
    const answer = await pbx.post(path, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  };

  let serial = 200;
  const freshExtension = () => {
    serial += 1;
    return String(serial);
  };
  /** An Android phone of an extension, known by its fingerprint alone. */
  const androidOf = async (
    extension: string,
    name: string,
    pbx: Pick<typeof cloud.pbx, 'post'> = cloud.pbx,
  ) => {
    const token = fcmToken(name);
    await ok('/register', { extension, token, platform: 'fcm' }, pbx);
    return { token, name: fingerprintOf(token) };
  };
  const iPhoneOf = (extension: string, deviceId: string) =>
    ok('/register', { extension, token: appleToken(deviceId), platform: 'apns-voip', deviceId });
  return { ...cloud, why, told, ok, freshExtension, androidOf, iPhoneOf };
};
