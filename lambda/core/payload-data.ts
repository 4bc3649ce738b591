import type { Notice } from './notice.ts';

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const fieldsOf = (notice: Notice) => {
  switch (notice.type) {
    case 'call':
      return { test: notice.test ? 'true' : undefined };
    case 'cancel':
      return { reason: notice.reason };
    default:
      return { messageId: notice.messageId, text: notice.text, badge: notice.badge?.toString() };
  }
};

/**
 * The same flat map of strings on every platform. No key is `from`, `message_type`, or starts with `google`
 * or `gcm`: FCM refuses these (Firebase, "FCM ErrorCode", INVALID_ARGUMENT). An absent or
 * empty value has no key.
 *
 * @param missed whether a cancel is to be shown as a missed call
 */
export const dataOf = (notice: Notice, missed: boolean): Record<string, string> => {
  const data = {
    type: notice.type,
    uuid: notice.uuid,
    callId: notice.callId,
    caller: notice.caller,
    callerName: notice.callerName,
    callee: notice.callee,
    pbx: notice.pbxId,
    sentAt: iso(notice.sentAt),
    expiresAt: iso(notice.expiresAt),
    ...fieldsOf(notice),
    missed: missed ? 'true' : undefined,
  };
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
};
