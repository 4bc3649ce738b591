import type { Settings } from '../lib/settings.ts';
import { parseSettings } from '../lib/settings.ts';

/** What is served without a settings file: one app, on every platform there is. */
export const demoSettings = (): Settings =>
  parseSettings({
    region: 'eu-west-1',
    apps: {
      demo: {
        fcm: { projectId: 'demo-project', secret: 'pns-proxy/demo/fcm' },
        apple: {
          teamId: 'DEMOTEAM01',
          keyId: 'DEMOKEYID1',
          bundleId: 'com.example.demo',
          secret: 'pns-proxy/demo/apple',
        },
      },
    },
  });
