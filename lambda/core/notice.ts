import type { App } from './apps.ts';
import type { CancelReason, MessageKind } from './contract.ts';
import { days } from './duration.ts';

/** What every phone is told, whatever it is about. Times are epoch milliseconds. */
type Told = {
  /** Of a call its own; of a message one that a repeat has, too. */
  uuid: string;
  callId?: string;
  caller?: string;
  callerName?: string;
  callee: string;
  pbxId: string;
  sentAt: number;
  /** From here on the phone drops it. */
  expiresAt: number;
};

/** A ringing call. */
export type Call = Told & {
  type: 'call';
  /** Nobody is calling: somebody tries whether the phone wakes. */
  test?: boolean;
};

/** A call that rings no longer. */
export type Cancel = Told & { type: 'cancel'; reason: CancelReason };

export type Message = Told & { type: MessageKind; messageId?: string; text?: string; badge?: number };

export type Notice = Call | Cancel | Message;

/** In seconds: nothing rings longer (`ringSeconds` of push_call). */
export const longestRing = 300;

/** What the user is to see is worth something until then: less than any provider allows (Huawei's 15 days). */
export const shownFor = days(7);

/** Whether a cancel is to be shown, as a call that was missed. */
export const isMissed = (notice: Notice, { missedCalls }: App): notice is Cancel =>
  notice.type === 'cancel' &&
  missedCalls === true &&
  (notice.reason === 'caller_hung_up' || notice.reason === 'timed_out');

/** Whole seconds that a push of this may wait on its way: a call no longer than it rings, what is to be seen for days. */
export const secondsLeft = (notice: Notice, app: App, now: number): number => {
  const until = isMissed(notice, app) ? notice.sentAt + shownFor : notice.expiresAt;
  return Math.floor((until - now) / 1_000);
};

/** As an app is to have it: without names, numbers and texts where its settings say so. */
export const withoutPreview = <N extends Notice>(notice: N, { preview }: App): N => {
  if (preview !== false) return notice;
  const { caller: _1, callerName: _2, ...rest } = notice;
  if ('text' in rest) delete rest.text;
  return rest as N;
};
