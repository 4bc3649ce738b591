import type { CallRecord } from './find-calls.ts';
import type { CallLine } from './lines.ts';
import { nameOf } from './phones.ts';

/** One step of a call; `at` in ISO 8601. */
export type Step = {
  at: string;
  step: 'asked' | 'found' | 'published' | 'not-published' | 'answered' | 'refused-later';
  text: string;
};

type Timed = Omit<Step, 'at'> & { at: number };

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const isAnswered = ({ statusCode }: CallLine): boolean => statusCode === 200;

const ofRequest = (line: CallLine): Timed[] => {
  const { at, askedAt, keyId, apiRequestId, ringSeconds, test, registrations, devices, accepted, pushes } =
    line;
  const ring = ringSeconds === undefined ? '' : `, to ring for ${ringSeconds} s`;
  const asked = `the PBX asked, with the key ${keyId}${ring}${test ? ', as a test' : ''} (request ${apiRequestId})`;
  const found = `${plural(registrations, 'registration')} found, ${plural(devices, 'phone')} to wake`;
  const answer = isAnswered(line)
    ? `a push was taken for ${accepted} of ${plural(devices, 'phone')}`
    : `${line.statusCode} ${line.code ?? ''}`.trim();
  return [
    { at: askedAt, step: 'asked', text: asked },
    ...(isAnswered(line) ? [{ at: askedAt + line.tableMs, step: 'found', text: found } as const] : []),
    ...pushes.map((push): Timed => {
      const phone = `${nameOf(push)} (${push.platform}, ${push.app})`;
      if (push.outcome !== 'accepted')
        return { at, step: 'not-published', text: `${phone}: ${push.outcome}` };
      return { at, step: 'published', text: `${phone}: SNS took it as ${push.messageId ?? '?'}` };
    }),
    { at, step: 'answered', text: `${answer}, after ${Math.round(line.durationMs)} ms` },
  ];
};

/** All that is known of a call, in the order in which it happened. */
export const timelineOf = ({ pbxId, requests, failures }: CallRecord): Step[] => {
  const refused = requests
    .flatMap(({ pushes }) => pushes)
    .flatMap((push): Timed[] => {
      const failure = push.messageId === undefined ? undefined : failures.get(push.messageId);
      if (failure === undefined) return [];
      // The token's rows at other PBXs are none of this call's business.
      const isMarked = failure.registrations.some(
        (row) => row.pbxId === pbxId && row.fingerprint === push.fingerprint && row.verdict === 'refused',
      );
      const text = `${nameOf(push)}: ${failure.failureType}${isMarked ? '; it is woken no more until it registers again' : ''}`;
      return [{ at: failure.at, step: 'refused-later', text }];
    });
  return [...requests.flatMap(ofRequest), ...refused]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...step }) => ({ at: new Date(at).toISOString(), ...step }));
};
