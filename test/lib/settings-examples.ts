import { parseSettings, SettingsError } from '../../lib/settings.ts';

export const fcm = { projectId: 'demo-12345', secret: 'pns/demo/fcm' };
export const apple = {
  teamId: 'ABCDE12345',
  keyId: 'FGHIJ67890',
  bundleId: 'com.example.demo',
  secret: 'pns/demo/apple',
};
export const huawei = {
  projectId: '388421841221',
  v2: { clientId: '110012345', secret: 'pns/demo/huawei-v2' },
  v3: { secret: 'pns/demo/huawei-v3' },
};
export const webPush = {
  subject: 'mailto:push@example.com',
  publicKey: 'BGMLgkPKZ432MESyI9Hq9FzYVj1UySusAABtR3IXOP4WAo-TuqGTPEx-G3YMTYCeAjvMVMhp9hCQUBPLct2YN8U',
  secret: 'pns/demo/web-push',
};
export const domain = { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' };
export const least = { region: 'eu-west-1', apps: { demo: { fcm } } };

/** What {@link parseSettings} holds against it: nothing where it is right. */
export const faultsOf = (value: unknown): readonly string[] => {
  try {
    parseSettings(value);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
};
