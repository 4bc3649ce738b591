import { createHash } from 'node:crypto';
import type { Notice } from './notice.ts';

/**
 * What the phone shows by itself. Titles are names of texts in the app's own string tables, so that they are in the
 * phone's language: `<name>_FROM` has who called or wrote as its one argument.
 */
export type Alert = {
  titleKey: string;
  titleArgs: string[];
  body?: string;
  /** Names the conversation: 22 characters of base64url. Without a preview, that of all with this extension. */
  thread: string;
  /**
   * What is shown under the same one is replaced: a call's UUID, or the kind of message in its conversation. Without a
   * preview a message's UUID: numbers are few, and so a hash of one is soon found.
   */
  collapseId: string;
  /** A call or message may be heard; a missed call was. */
  sound: boolean;
  badge?: number;
};

/** 16 bytes of SHA-256: short, and the same each time. */
const nameOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest().subarray(0, 16).toString('base64url');

const titles = {
  call: 'PNS_CALL',
  cancel: 'PNS_MISSED_CALL',
  message: 'PNS_MESSAGE',
  voicemail: 'PNS_VOICEMAIL',
  missed_call: 'PNS_MISSED_CALL',
} as const satisfies Record<Notice['type'], string>;

/**
 * What the notification of a call, a message or a missed call says.
 *
 * @param caller names the conversation, where the notice's own number was cut; undefined where it is none of the
 *   provider's business
 */
export const alertOf = (notice: Notice, caller: string | undefined): Alert => {
  const who = notice.callerName || notice.caller;
  const title = titles[notice.type];
  const conversation = [notice.pbxId, notice.callee, ...(caller === undefined ? [] : [caller])];
  const isCall = notice.type === 'call' || notice.type === 'cancel';
  return {
    titleKey: who ? `${title}_FROM` : title,
    titleArgs: who ? [who] : [],
    ...(!isCall && notice.text && { body: notice.text }),
    thread: nameOf(...conversation),
    collapseId: isCall || caller === undefined ? notice.uuid : nameOf(notice.type, ...conversation),
    sound: title !== 'PNS_MISSED_CALL',
    ...(!isCall && notice.badge !== undefined && { badge: notice.badge }),
  };
};
