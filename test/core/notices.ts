import type { App } from '../../lambda/core/apps.ts';
import type { Platform } from '../../lambda/core/contract.ts';
import { platforms } from '../../lambda/core/contract.ts';
import type { Call, Cancel, Message, Notice } from '../../lambda/core/notice.ts';
import type { Push } from '../../lambda/core/payload.ts';
import { noon, pushOf } from '../support/builders.ts';

export const app: App = { fcm: true, bundleId: 'com.example.demo' };
export const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
const told = { uuid, caller: '+4930123456', callee: '101', pbxId: 'pbx-1', sentAt: noon };
export const call: Call = {
  ...told,
  type: 'call',
  callId: 'a84b4c76e66710@pc33.example.com',
  callerName: 'Ann Example',
  expiresAt: noon + 30_000,
};
export const cancel: Cancel = {
  ...told,
  type: 'cancel',
  reason: 'caller_hung_up',
  expiresAt: noon + 300_000,
};
export const message: Message = {
  ...told,
  type: 'message',
  callerName: 'Ann Example',
  messageId: 'm-1',
  text: 'See you at eight',
  badge: 3,
  expiresAt: noon + 604_800_000,
};
/** SHA-256 of what a conversation is, the first 16 bytes: made by hand, so that it stays what it is. */
export const thread = 'Kh4-VfU8TqtACodGgPPnoQ';
export const ofMessages = '4u0tByMAQLkbBi8Xpr8wAw';

export const pushTo = <P extends Platform>(platform: P, notice: Notice, to: App = app, now = noon) => {
  const push = pushOf({ platform }, to, notice, now);
  if (push === undefined) throw new Error('it is too late for this push');
  return push as Push & { platform: P };
};
export const dataOf = ({ body }: Pick<Push, 'body'>): Record<string, unknown> => {
  const { aps: _, android: _1, data, ...rest }: Record<string, unknown> = body;
  return typeof data === 'object' && data !== null ? { ...data } : rest;
};
/** Huawei's are in test/core/payload-hms.test.ts. */
export const flat = platforms.filter((platform) => platform !== 'hms');
