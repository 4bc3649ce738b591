import { visible } from '../../visible.ts';
import { plural } from '../table.ts';
import type { CancelEntry, PushEntry, RegisteredEntry } from './entries.ts';
import { askedAt, type CallRecord } from './find-calls.ts';
import { ago, phrase } from './phrases.ts';
import { goneBefore, labelOf, pendingAt } from './registration-notes.ts';
import type { Registration } from './registrations.ts';

/** One thing that happened; its time in epoch milliseconds. */
export type Moment = { at: number; text: string };

const phones = (accepted: number, devices: number): string =>
  accepted === devices ? plural(devices, 'phone') : `${accepted} of ${plural(devices, 'phone')}`;

const pushText = ({ event, to, outcome, code, devices, accepted, durationMs }: PushEntry): string => {
  const took = durationMs ? ` after ${ago(durationMs)}` : '';
  const push = event === 'push_again' ? 'push again' : 'push';
  if (outcome === 'unknown') return `the ${push} had no good answer (${code})${took}, and may have gone out`;
  if (code) return `not ${push.replace('push', 'pushed')} (${code})${took}`;
  if (event === 'push_call' && !devices) return `no phone of ${to} to push to${took}`;
  const pushed = push.replace('push', 'pushed');
  return `${pushed} to ${phones(accepted ?? 0, devices ?? 0)}${took}`;
};

const pushMoments = (push: PushEntry): Moment[] => {
  const done = { at: push.time, text: pushText(push) };
  if (push.event === 'push_again') return [done];
  const left = push.ringSeconds ? `, with ${Math.round(push.ringSeconds)} s left to ring` : '';
  const test = push.test ? ' (pns test-call)' : '';
  return [{ at: askedAt(push), text: `asked to wake ${push.to}${test}${left}` }, done];
};

/** Why there was nobody to tell of a cancel: codes of the calls in progress. */
const needless: Readonly<Record<string, string>> = {
  'not-pushed': 'nobody to tell, since nothing had been pushed',
  'all-registered': 'nobody to tell, since all phones had registered',
};

const cancelMoment = ({ time, reason, code, outcome, accepted, devices }: CancelEntry): Moment => {
  const told = () => {
    if (code) return needless[code] ?? `no phone told for sure (${code})`;
    if (!devices) return 'no phone to tell';
    return outcome === 'unknown' ? 'no phone told for sure' : `told ${phones(accepted ?? 0, devices)}`;
  };
  return { at: time, text: `cancelled (${phrase(reason)}): ${told()}` };
};

const registeredMoment = ({ time, deviceId }: RegisteredEntry): Moment => ({
  at: time,
  text: deviceId ? `phone ${deviceId} registered with the PBX` : 'a phone registered with the PBX',
});

const deeds: Readonly<Record<Registration['operation'], string>> = {
  register: 'registered for pushes',
  update: 'changed its push token',
  delete: 'logged out',
};

const registrationMoments = (registration: Registration): Moment[] => {
  const { operation, takenAt, deliveredAt, keptAsideAt } = registration;
  const label = labelOf(registration);
  return [
    { at: takenAt, text: `${label} ${deeds[operation]}` },
    { at: deliveredAt, text: `the proxy knows that ${label} ${deeds[operation]}` },
    { at: keptAsideAt, text: `the proxy refused for good that ${label} ${deeds[operation]}` },
  ].flatMap(({ at, text }) => (at === undefined ? [] : [{ at, text }]));
};

/** What the log tells of a call, in the order in which it happened. */
export const timelineOf = (call: CallRecord): Moment[] => {
  const [push] = call.pushes;
  const asked = push === undefined ? undefined : askedAt(push);
  const explaining =
    asked === undefined
      ? []
      : [...pendingAt(call, asked), ...goneBefore(call, asked, push?.devices ?? 0), ...call.since];
  const moments = [
    ...explaining.flatMap(registrationMoments),
    ...(call.breaker && call.pushes.some(({ code }) => code === 'breaker-open')
      ? [
          {
            at: call.breaker.opened.time,
            text: `the proxy was taken to be down (${call.breaker.opened.code})`,
          },
        ]
      : []),
    ...(call.breaker?.closedAt !== undefined
      ? [{ at: call.breaker.closedAt, text: 'the proxy answered again' }]
      : []),
    ...call.pushes.flatMap(pushMoments),
    ...call.registered.map(registeredMoment),
    ...call.cancels.map(cancelMoment),
  ];
  return moments.toSorted((a, b) => a.at - b.at).map(({ at, text }) => ({ at, text: visible(text) }));
};
