import type { App } from '../../lambda/core/apps.ts';
import type { Call, Cancel, Message, Notice } from '../../lambda/core/notice.ts';
import type { HmsPush } from '../../lambda/core/payload-hms.ts';
import { noon, pushOf } from '../support/builders.ts';
import { uuid } from './notices.ts';

const told = {
  uuid,
  caller: '+4930123456',
  callerName: 'Ann',
  callee: '101',
  pbxId: 'pbx-1',
  sentAt: noon,
  expiresAt: noon + 30_000,
};
export const call: Call = { ...told, type: 'call', callId: 'abc@pbx' };
export const cancel: Cancel = { ...told, type: 'cancel', reason: 'timed_out' };
export const aMessage = (type: Message['type'], more: Partial<Message> = {}): Message => ({
  ...told,
  type,
  expiresAt: noon + 86_400_000,
  ...more,
});
export const granted: App = { hms: { v2: true, v3: true, voip: true } };
export const ungranted: App = { hms: { v2: true, v3: true } };

export const hms = (notice: Notice, app: App, harmonyOs: boolean): HmsPush => {
  const push = pushOf({ platform: 'hms', harmonyOs }, app, notice, noon);
  if (push?.platform !== 'hms') throw new Error('no push for Huawei');
  return push;
};

export const data = {
  uuid,
  caller: '+4930123456',
  callerName: 'Ann',
  callee: '101',
  pbx: 'pbx-1',
  sentAt: '2026-11-22T12:00:00.000Z',
  expiresAt: '2026-11-22T12:00:30.000Z',
};
export const callData = { type: 'call', ...data, callId: 'abc@pbx' };
export const dayData = { ...data, expiresAt: '2026-11-23T12:00:00.000Z' };
/** What is JSON within JSON, read, so that the order of its keys is nobody's business. */
export const read = (json: unknown): unknown => JSON.parse(String(json));
