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
        webPush: {
          subject: 'mailto:demo@example.com',
          // The base point of P-256, which is nobody's: the local cloud puts in the one that it has made.
          publicKey:
            'BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU',
          secret: 'pns-proxy/demo/web-push',
        },
        huawei: {
          projectId: '736430079245000001',
          v2: { clientId: '100000001', secret: 'pns-proxy/demo/huawei-v2' },
          v3: { secret: 'pns-proxy/demo/huawei-v3' },
          voip: true,
        },
      },
    },
  });
