import { explain } from './explanations.ts';
import type { CallRecord } from './find-calls.ts';
import { judgePhones, type PhoneVerdict } from './phones.ts';
import { type Step, timelineOf } from './timeline.ts';

/** One call, told to people or programs. */
export type Report = {
  pbxId: string;
  extension: string;
  uuid: string;
  callId?: string;
  timeline: Step[];
  phones: PhoneVerdict[];
  /** What is true of the call as a whole, and no phone's fault. */
  note?: string;
};

const noteOn = ({ pbxId, extension, requests }: CallRecord, phones: readonly PhoneVerdict[]): string => {
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

export const reportOn = (call: CallRecord, now: number): Report => {
  const { pbxId, extension, uuid, requests } = call;
  const callId = requests.find((request) => request.callId !== undefined)?.callId;
  const phones = judgePhones(call, now);
  const note = noteOn(call, phones);
  return {
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

/** A call for people: what happened, then what became of each phone. */
export const formatReport = ({ pbxId, extension, uuid, callId, timeline, phones, note }: Report): string => {
  const width = Math.max(...timeline.map(({ step }) => step.length));
  const lines = [
    `Call to ${extension} of ${pbxId}, UUID ${uuid}${callId === undefined ? '' : `, Call-ID ${callId}`}`,
    ...timeline.map(({ at, step, text }) => `  ${at}  ${step.padEnd(width)}  ${text}`),
    ...phones.map(({ phone, platforms, app, state, reason, mark, text }) => {
      const why = [reason, mark].filter((one) => one !== undefined).join(', ');
      return `  ${phone} (${platforms.join(', ')}, ${app}): ${states[state]}${why && ` (${why})`}. ${text}`;
    }),
    ...(note === undefined ? [] : [`  ${note}`]),
  ];
  return lines.map(visible).join('\n');
};
