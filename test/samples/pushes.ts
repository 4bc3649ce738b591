import type { App, Served } from '../../lambda/core/apps.ts';
import type { Call, Cancel, Message, Notice } from '../../lambda/core/notice.ts';
import { pushOf } from '../support/builders.ts';
import { flatMapIn } from '../support/flat-map.ts';

const app: App = {
  fcm: true,
  bundleId: 'com.example.app',
  hms: { v2: true, v3: true, voip: true },
  webpush: true,
};
export const uuid = '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51';
export const otherUuid = '7a0c9c64-54b2-4d2d-8d7a-2b8f6e0d9a11';

type Said<N> = Partial<Omit<N, 'type'>> & { missedCalls?: true; to?: Served; ringSeconds?: number };

/**
 * What core makes of something that is asked for at this moment, as a phone gets it: the flat map alone.
 *
 * @param at epoch milliseconds
 */
const arrives = <N extends Notice>(type: N['type'], at: number, lifeSeconds: number, said: Said<N>) => {
  const { missedCalls, to = { platform: 'fcm' }, ringSeconds, ...changes } = said;
  const told = { uuid, caller: '+4420', callerName: 'Bob', callee: '101', pbxId: 'pbx-1', sentAt: at };
  const expiresAt = at + (ringSeconds ?? lifeSeconds) * 1_000;
  const notice = { ...told, expiresAt, type, ...changes } as unknown as Notice;
  return flatMapIn(pushOf(to, { ...app, ...(missedCalls && { missedCalls }) }, notice, at)?.body) ?? {};
};

export const aCall = (at: number, said: Said<Call> = {}) => arrives<Call>('call', at, 25, said);
export const aCancel = (at: number, said: Said<Cancel> = {}) =>
  arrives<Cancel>('cancel', at, 300, { reason: 'caller_hung_up', ...said });
export const aMessage = (type: Message['type'], at: number, said: Said<Message> = {}) =>
  arrives<Message>(type, at, 604_800, { text: 'See you at eight', ...said });
