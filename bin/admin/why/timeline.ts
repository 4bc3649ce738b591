import { keptByGuard } from '../../../lambda/core/deliver.ts';
import { verdictOn } from './failures.ts';
import type { PushRecord } from './find-calls.ts';
import { type PushLine, takerOf } from './lines.ts';
import { nameOf } from './phones.ts';

/** One step of a call; `at` in ISO 8601. */
export type Step = {
  at: string;
  step: 'asked' | 'found' | 'published' | 'not-published' | 'answered' | 'refused-later';
  text: string;
};

type Timed = Omit<Step, 'at'> & { at: number };

const plural = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const isAnswered = ({ statusCode }: PushLine): boolean => statusCode === 200;

const kept = '; the fleet guard kept its token';
const done: ReadonlyMap<string | undefined, string> = new Map([
  ['refused', '; it is woken no more until it registers again'],
  [keptByGuard, kept],
  ['registered-since', '; it has registered again since'],
]);

const ofPush = (
  { pbxId, failures }: PushRecord,
  { at, askedAt, tableMs }: PushLine,
  push: PushLine['pushes'][number],
): Timed[] => {
  const phone = `${nameOf(push)} (${push.platform}, ${push.app})`;
  if (push.outcome !== 'accepted') {
    const text = `${phone}: ${push.outcome}${push.mark === keptByGuard ? kept : ''}`;
    return [{ at, step: 'not-published', text }];
  }
  const { messageId = '?', fingerprint } = push;
  const failure = failures.get(messageId);
  // No push was refused before it was found whom to push to, whatever SNS's clock says.
  const refusedAt = Math.max(failure?.at ?? at, askedAt + tableMs);
  const published: Timed = {
    // When SNS took it is not in the line: before the answer to the PBX, and before it was refused.
    at: Math.min(at, refusedAt),
    step: 'published',
    text: `${phone}: ${takerOf(push.platform)} took it as ${messageId}`,
  };
  if (failure === undefined) return [published];
  const verdict = verdictOn(failure, { pbxId, fingerprint });
  const text = `${nameOf(push)}: ${failure.failureType}${done.get(verdict) ?? ''}`;
  return [published, { at: refusedAt, step: 'refused-later', text }];
};

const askedFor = ({ operation, ringSeconds, test, reason, kind }: PushLine): string => {
  switch (operation) {
    case 'push_call': {
      const ring = ringSeconds === undefined ? '' : `, to ring for ${ringSeconds} s`;
      return `called${ring}${test ? ', as a test' : ''}`;
    }
    case 'push_cancel':
      return `cancelled the call${reason === undefined ? '' : `: ${reason}`}`;
    case 'push_message':
      return `sent a push_message${kind === undefined ? '' : ` of the kind ${kind}`}`;
  }
};

const ofRequest = (call: PushRecord, line: PushLine): Timed[] => {
  const { at, askedAt, keyId, apiRequestId, registrations, devices, accepted, pushes } = line;
  const asked = `the PBX ${askedFor(line)} (request ${apiRequestId}, key ${keyId})`;
  const found = `${plural(registrations, 'registration')} found, ${plural(devices, 'phone')} to ${line.operation === 'push_call' ? 'wake' : 'tell'}`;
  const answer = isAnswered(line)
    ? `a push was taken for ${accepted} of ${plural(devices, 'phone')}`
    : `${line.statusCode} ${line.code ?? ''}`.trim();
  return [
    { at: askedAt, step: 'asked', text: asked },
    ...(isAnswered(line) ? [{ at: askedAt + line.tableMs, step: 'found', text: found } as const] : []),
    ...pushes.flatMap((push) => ofPush(call, line, push)),
    { at, step: 'answered', text: `${answer}, after ${Math.round(line.durationMs)} ms` },
  ];
};

/** All that is known of a call, in the order in which it happened. */
export const timelineOf = (call: PushRecord): Step[] =>
  call.requests
    .flatMap((line) => ofRequest(call, line))
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...step }) => ({ at: new Date(at).toISOString(), ...step }));
