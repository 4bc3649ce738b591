import { explain } from './explanations.ts';
import type { PushRecord } from './find-calls.ts';
import { judgePhones, mainRequests, type PhoneVerdict } from './phones.ts';
import { type Step, timelineOf } from './timeline.ts';

/** One call or message, told to people or programs. */
export type Report = {
  /** `cancel` where the call that it ended was not pushed. */
  about: 'call' | 'cancel' | 'message';
  pbxId: string;
  extension: string;
  uuid: string;
  callId?: string;
  timeline: Step[];
  phones: PhoneVerdict[];
  /** What is true of the call as a whole, and no phone's fault. */
  note?: string;
};

const noteOn = (record: PushRecord, phones: readonly PhoneVerdict[]): string => {
  const { pbxId, extension } = record;
  const requests = mainRequests(record);
  const answered = requests.findIndex(({ statusCode }) => statusCode === 200);
  const refused = requests.slice(answered + 1).findLast(({ statusCode }) => statusCode !== 200);
  const notes: string[] = [];
  if (answered !== -1 && phones.length === 0) {
    notes.push(
      `No phone was registered for ${extension} at ${pbxId}. Log the app in on the phone; where it is logged in, its register never came here: pns devices ${extension} on the PBX, and pns spool.`,
    );
  }
  if (refused) {
    const code = refused.code ?? String(refused.statusCode);
    notes.push(`${answered === -1 ? 'The PBX' : 'A repeat'} was refused (${code}). ${explain.code(code)}`);
  }
  return notes.join(' ');
};

const aboutOf = (record: PushRecord): Report['about'] => {
  const operations = mainRequests(record).map(({ operation }) => operation);
  if (operations.includes('push_message')) return 'message';
  return operations.includes('push_call') ? 'call' : 'cancel';
};

export const reportOn = (call: PushRecord, now: number): Report => {
  const { pbxId, extension, uuid, requests } = call;
  const callId = requests.find((request) => request.callId !== undefined)?.callId;
  const phones = judgePhones(call, now);
  const note = noteOn(call, phones);
  return {
    about: aboutOf(call),
    ...{ pbxId, extension, uuid },
    ...(callId !== undefined && { callId }),
    timeline: timelineOf(call),
    phones,
    ...(note && { note }),
  };
};

/** A Call-ID is a caller's: nothing in it may move the cursor. */
const visible = (text: string): string => text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');

const states: Readonly<Record<PhoneVerdict['state'], string>> = {
  pushed: 'pushed',
  'refused-later': 'refused after it was pushed',
  'not-pushed': 'not pushed',
  'passed-over': 'not asked for',
};

const titles: Readonly<Record<Report['about'], string>> = {
  call: 'Call to',
  cancel: 'Cancel of a call to',
  message: 'Message to',
};

/** A call or message for people: what happened, then what became of each phone. */
export const formatReport = (report: Report): string => {
  const { about, pbxId, extension, uuid, callId, timeline, phones, note } = report;
  const width = Math.max(...timeline.map(({ step }) => step.length));
  const lines = [
    `${titles[about]} ${extension} of ${pbxId}, UUID ${uuid}${callId === undefined ? '' : `, Call-ID ${callId}`}`,
    ...timeline.map(({ at, step, text }) => `  ${at}  ${step.padEnd(width)}  ${text}`),
    ...phones.map(({ phone, platforms, app, state, reason, mark, text }) => {
      const why = [reason, mark].filter((one) => one !== undefined).join(', ');
      return `  ${phone} (${platforms.join(', ')}, ${app}): ${states[state]}${why && ` (${why})`}. ${text}`;
    }),
    ...(note === undefined ? [] : [`  ${note}`]),
  ];
  return lines.map(visible).join('\n');
};
