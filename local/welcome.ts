import type { Settings } from '../lib/settings.ts';
import type { Info } from './control.ts';

/** Push tokens of the look that Google, Huawei and Apple give theirs. */
const fcmToken = 'fcm-demo-token:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx';
const newFcmToken = 'fcm-demo-token:APA91bF0r9Xw2LkQdVYt7mZpS3cHjE8uNbGa';
const voipToken = '740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad';

const huaweiToken = 'IQAAAACy0demo0AAB4x2mQq0K3aL9vJ7uYc1Rz8sWnTgHfEdXbVpMoIkUj';
const alertToken = '1c0e4b9f63aa7d2e8b5f04d7c9a1e6b38f72d5c40b9e1a6f8d3c7b2a5e4f9013';
const uuid = '6e0f5a1c-2d7b-4c3e-9a48-0d1b7f2e5c96';

type Step = { title: string; command: string };

/** Each step shows what the ones above it did, so that they may be pasted one by one or all at once. */
const steps = ({ url, key }: Info, { apps }: Settings): Step[] => {
  const [[name, app] = ['', undefined]] = Object.entries(apps);
  const several = Object.keys(apps).length > 1 ? { app: name } : {};
  const post = (path: string, body: object) =>
    `curl -s ${url}${path} -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const android = post('/register', {
    extension: '101',
    token: fcmToken,
    platform: 'fcm',
    deviceName: 'Pixel',
    ...several,
  });
  const iphone = post('/register', {
    extension: '101',
    token: voipToken,
    platform: 'apns-voip',
    deviceId: 'iphone-1',
    ...several,
  });
  const iphoneAlerts = post('/register', {
    extension: '101',
    token: alertToken,
    platform: 'apns',
    deviceId: 'iphone-1',
    ...several,
  });
  const huawei = post('/register', { extension: '102', token: huaweiToken, platform: 'hms', ...several });
  const browser = `curl -s ${url}/_local/subscriptions -d '${JSON.stringify({ extension: '102', ...several })}' | curl -s ${url}/register -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' -d @-`;
  const others = app?.huawei?.v2 !== undefined || app?.webPush !== undefined;
  const call = (callId: string) =>
    post('/push_call', { to: '101', from: '+38761000000', fromName: 'Ann', callId });
  const devices = `curl -s '${url}/devices?extension=101' -H 'Authorization: Bearer ${key}'`;
  const [refused, fault, again] = app?.fcm ? [fcmToken, 'UNREGISTERED', android] : [voipToken, '410', iphone];
  return [
    ...(app?.fcm ? [{ title: 'An Android phone registers', command: android }] : []),
    ...(app?.apple ? [{ title: 'An iPhone registers', command: iphone }] : []),
    { title: 'A call wakes them', command: call('f81d4fae@pbx') },
    { title: 'What the providers received', command: `curl -s ${url}/_local/pushes` },
    { title: 'Who is registered', command: devices },
    {
      title: 'From now on the provider refuses a token',
      command: `curl -s ${url}/_local/faults -d '${JSON.stringify({ token: refused, fault })}'`,
    },
    { title: 'The next call finds out', command: call('0a6c2d71@pbx') },
    {
      title: 'That phone is woken no more: a moment after the call, disabledReason says why',
      command: devices,
    },
    {
      title: 'Why a phone did not ring: the call, step by step',
      command: `npx pns-admin why --call 0a6c2d71@pbx --local ${url}`,
    },
    { title: 'The provider takes the token again', command: `curl -s -X DELETE ${url}/_local/faults` },
    { title: 'The phone registers anew, and can be woken', command: again },
    ...(app?.fcm
      ? [
          {
            title: 'Google gives the phone a new token',
            command: post('/update', { oldToken: fcmToken, newToken: newFcmToken }),
          },
        ]
      : []),
    ...(app?.apple
      ? [{ title: 'The iPhone registers its token for everything else', command: iphoneAlerts }]
      : []),
    {
      title: 'A voicemail, which the phones show',
      command: post('/push_message', {
        to: '101',
        from: '+38761000000',
        fromName: 'Ann',
        kind: 'voicemail',
        messageId: 'vm-1',
      }),
    },
    ...(app?.huawei?.v2 ? [{ title: 'A phone without Google registers', command: huawei }] : []),
    ...(app?.webPush ? [{ title: 'A browser subscribes, and registers', command: browser }] : []),
    ...(others
      ? [
          { title: 'A call wakes them', command: post('/push_call', { to: '102', from: '101', uuid }) },
          {
            title: 'Somebody else has answered it',
            command: post('/push_cancel', { to: '102', uuid, reason: 'answered_elsewhere' }),
          },
          { title: 'What Huawei and the browser received', command: `curl -s ${url}/_local/pushes` },
        ]
      : []),
    { title: 'The extension logs out everywhere', command: post('/delete', { extension: '101' }) },
  ];
};

/** What `npm start` prints: where it is, a key that works, and a command for each step. */
export const welcome = (info: Info, settings: Settings, startedInMs: number): string =>
  [
    `pns-proxy listens on ${info.url} (started in ${(startedInMs / 1_000).toFixed(1)} s; Ctrl-C stops it)`,
    `Apps: ${info.apps.join(', ')}`,
    `Key:  ${info.key}`,
    '',
    ...steps(info, settings).flatMap(({ title, command }) => [`# ${title}`, command, '']),
    'The functions log here, one JSON object a line:',
  ].join('\n');
