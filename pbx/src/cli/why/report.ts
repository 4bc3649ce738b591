import { visible } from '../../visible.ts';
import { explainCode } from '../reasons.ts';
import { iso } from '../table.ts';
import { askedAt, type CallRecord, type Search } from './find-calls.ts';
import { judgePhones, type PhoneVerdict } from './phone-verdicts.ts';

import { registrationNotes } from './registration-notes.ts';
import { timelineOf } from './timeline.ts';

/** One call, told to people or programs. Times are ISO 8601. */
export type Report = {
  to: string;
  uuid: string;
  callId?: string;
  timeline: { at: string; text: string }[];
  phones: PhoneVerdict[];
  notes: string[];
};

const codeNotes = ({ pushes }: CallRecord): string[] => {
  const push = pushes.findLast(({ code }) => code !== 'cancelled') ?? pushes.at(-1);
  if (push === undefined)
    return ['The log begins after this call was pushed, or its push is not in the log.'];
  if (!push.code) return [];
  const which = push.outcome === 'unknown' ? 'Which phones it reached is not known' : 'No phone was woken';
  return [`${which} (${push.code}): ${explainCode(push.code)}`];
};

/** @param now epoch milliseconds */
export const reportOn = (call: CallRecord, search: Search, now: number): Report => {
  const decisive = call.pushes.findLast(({ event, code }) => event === 'push_call' && !code);
  const asked = decisive ? askedAt(decisive) : 0;
  return {
    to: call.to,
    uuid: call.uuid,
    ...(call.callId !== undefined && { callId: call.callId }),
    timeline: timelineOf(call).map(({ at, text }) => ({ at: iso(at), text })),
    phones: judgePhones(call, search.hasReports, now),
    notes: [
      ...codeNotes(call),
      ...registrationNotes(call, asked, decisive?.devices ?? undefined, search.logBegins),
    ],
  };
};

export const formatReport = ({ to, uuid, callId, timeline, phones, notes }: Report): string => {
  const name = `Call ${uuid} to ${to}${callId === undefined ? '' : `, Call-ID ${callId}`}`;
  const sections = [
    timeline.map(({ at, text }) => `${at}  ${text}`),
    phones.map(({ platform, phone, text }) => `${platform} ${phone}: ${text}`),
    notes,
  ];
  return [visible(name), ...sections.flat().map((line) => `  ${visible(line)}`)].join('\n');
};
