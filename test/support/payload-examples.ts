import type { App, Served } from '../../lambda/core/apps.ts';
import type { Cancel, Message, Notice } from '../../lambda/core/notice.ts';
import type { Push } from '../../lambda/core/payload.ts';
import { uuidOfMessage } from '../../lambda/core/uuid.ts';
import { noon, pushOf } from './builders.ts';

const told = {
  caller: '+442079460123',
  callerName: 'Bob',
  callee: '101',
  pbxId: 'example-pbx',
  sentAt: noon,
};
const ofCall = { ...told, uuid: '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51', callId: '1f2e3d4c@pbx.example.com' };
const named = (messageId: string) => ({
  ...told,
  uuid: uuidOfMessage(told.pbxId, messageId),
  messageId,
  expiresAt: noon + 604_800_000,
});
const message: Message = { ...named('m-20261122-17'), type: 'message', text: 'See you at eight', badge: 3 };
const cancel: Cancel = { ...ofCall, type: 'cancel', reason: 'caller_hung_up', expiresAt: noon + 300_000 };

/** What phones are told of in docs/payload.md. */
export const notices: Record<Notice['type'], Notice> = {
  call: { ...ofCall, type: 'call', expiresAt: noon + 25_000 },
  cancel,
  message,
  voicemail: { ...named('vm-0042'), type: 'voicemail' },
  missed_call: { ...named('mc-0099'), type: 'missed_call' },
};

const app: App = { fcm: true, bundleId: 'com.example.app', hms: { v2: true, v3: true }, webpush: true };
/** What of an app's settings changes a push. */
const settings: Record<string, Partial<App>> = {
  missedCalls: { missedCalls: true },
  'no preview': { preview: false },
  voip: { hms: { v2: true, v3: true, voip: true } },
};

/** Each way out, as the page calls it. */
export const ways: Record<string, Served> = {
  fcm: { platform: 'fcm' },
  apns: { platform: 'apns' },
  'apns-voip': { platform: 'apns-voip' },
  hms: { platform: 'hms' },
  'hms v3': { platform: 'hms', harmonyOs: true },
  webpush: { platform: 'webpush' },
};

/** What goes out at once. */
export const examplePush = (type: Notice['type'], way: string, setting?: string): Push => {
  const to = ways[way];
  const push = to && pushOf(to, { ...app, ...settings[setting ?? ''] }, notices[type], noon);
  if (push === undefined) throw new Error(`no push of ${type} on ${way}`);
  return push;
};
