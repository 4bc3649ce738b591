import { expect, test } from 'vitest';
import {
  android,
  at,
  cancelled,
  iphone,
  type Line,
  pushed,
  registered,
  spool,
  uuid,
  why,
} from './why-lines.ts';

const asleep = 'Look for a REGISTER in the log of the PBX, then: pns doctor --extension 101.';
const nobody = { devices: 0, accepted: 0, outcome: 'none', phones: [] } as const;
const opened: Line = { level: 'warn', time: at(-60), event: 'breaker_opened', code: 'network' };

test.each<[string, Line[], string]>([
  [
    'rang normally, and was answered',
    [
      pushed(),
      registered(2.3, { deviceId: iphone.deviceId }),
      registered(3, { deviceId: 'A1B2' }),
      cancelled(9, 'answered_elsewhere', { ...nobody, code: 'all-registered' }),
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  pushed to 2 phones after 120 ms
  2026-11-22T12:00:02.300Z  phone 6D92078A registered with the PBX
  2026-11-22T12:00:03.000Z  phone A1B2 registered with the PBX
  2026-11-22T12:00:09.000Z  cancelled (answered elsewhere): nobody to tell, since all phones had registered
  apns-voip 6D92078A: woke: registered 2.2 s after it was pushed
  fcm 9f86d081: woke: registered 2.9 s after it was pushed`,
  ],
  [
    'a refused token',
    [
      pushed({
        accepted: 1,
        phones: [iphone, { ...android, accepted: false, reason: 'token-refused' }],
      }),
      registered(2.3),
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  pushed to 1 of 2 phones after 120 ms
  2026-11-22T12:00:02.300Z  a phone registered with the PBX
  apns-voip 6D92078A: woke: registered 2.2 s after it was pushed
  fcm 9f86d081: silent (token-refused): its provider (Apple, Google, Huawei or a push service) refused its push token: as a rule the app has been removed from the phone, or has a new token. Open the app once, so that it registers again.`,
  ],
  [
    'never registered, though it was pushed to twice',
    [
      pushed({ devices: 1, accepted: 1, phones: [android] }),
      pushed({
        event: 'push_again',
        time: at(10.1),
        ringSeconds: 20,
        devices: 1,
        accepted: 1,
        phones: [android],
        durationMs: 90,
      }),
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  pushed to 1 phone after 120 ms
  2026-11-22T12:00:10.100Z  pushed again to 1 phone after 90 ms
  fcm 9f86d081: silent: its push was taken, but no REGISTER is known to have followed within 30 s. If its app was open, it was registered already, and needed no more. Else: it was off or without a network, its system held the push back (battery saving, or the app was stopped by force), or the PBX refused its REGISTER. ${asleep}`,
  ],
  [
    'answered elsewhere, before the phone was awake',
    [pushed({ devices: 1, accepted: 1, phones: [android] }), cancelled(3.12, 'answered_elsewhere')],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  pushed to 1 phone after 120 ms
  2026-11-22T12:00:03.120Z  cancelled (answered elsewhere): told 1 phone
  fcm 9f86d081: had not registered when the call was cancelled (answered elsewhere), 3 s after it was pushed`,
  ],
  [
    'an unknown outcome, at the deadline',
    [pushed({ ...nobody, time: at(2), durationMs: 2_000, outcome: 'unknown', code: 'deadline' })],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:02.000Z  the push had no good answer (deadline) after 2 s, and may have gone out
  Which phones it reached is not known (deadline): the proxy did not answer in time. To find the cause: pns doctor.`,
  ],
  [
    'an open breaker',
    [
      opened,
      pushed({ ...nobody, time: at(0), durationMs: 0, code: 'breaker-open' }),
      { level: 'info', time: at(20), event: 'breaker_closed' },
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T11:59:00.000Z  the proxy was taken to be down (network)
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.000Z  not pushed (breaker-open)
  2026-11-22T12:00:20.000Z  the proxy answered again
  No phone was woken (breaker-open): the proxy had just been seen down, so that the call was spared the wait. pns probes it and goes on by itself; to find the cause: pns doctor.`,
  ],
  [
    'no device at all',
    [pushed(nobody)],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  no phone of 101 to push to after 120 ms
  No phone has registered for 101 before this call in this log, which begins 2026-11-22T11:00:00.000Z. Log the app in on the phone; pns devices 101 shows whom the proxy knows.`,
  ],
  [
    'pushed before the register had reached the proxy',
    [
      spool('spooled', -3),
      spool('delivery_failed', -2.5, { code: 'network', ageMs: 500 }),
      pushed(nobody),
      spool('delivered', 5, { ageMs: 8_000 }),
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T11:59:57.000Z  9f86d081 registered for pushes
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  no phone of 101 to push to after 120 ms
  2026-11-22T12:00:05.000Z  the proxy knows that 9f86d081 registered for pushes
  9f86d081 registered 3 s before the call, but its register had not reached the proxy when the call was pushed: it did at 2026-11-22T12:00:05.000Z, so that later calls wake it.`,
  ],
  [
    'a register that waits still',
    [spool('spooled', -3), spool('delivery_failed', -2.5, { code: 'network' }), pushed(nobody)],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T11:59:57.000Z  9f86d081 registered for pushes
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  no phone of 101 to push to after 120 ms
  9f86d081 registered 3 s before the call, but its register had not reached the proxy when the call was pushed, nor has it since (network): the proxy could not be reached. To find the cause: pns doctor. It is tried again until it does: pns spool.`,
  ],
  [
    'logged out before the call, by its token alone',
    [
      spool('spooled', -600),
      spool('delivered', -599),
      spool('spooled', -300, { entry: 8, operation: 'delete', extension: undefined }),
      spool('delivered', -299, { entry: 8, operation: 'delete', extension: undefined }),
      pushed(nobody),
    ],
    `Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T11:55:00.000Z  9f86d081 logged out
  2026-11-22T11:55:01.000Z  the proxy knows that 9f86d081 logged out
  2026-11-22T12:00:00.000Z  asked to wake 101, with 30 s left to ring
  2026-11-22T12:00:00.120Z  no phone of 101 to push to after 120 ms
  9f86d081 logged out 5 min before the call, and had not registered again.`,
  ],
])('%s', async (_, lines, told) => {
  expect(await why(lines)).toBe(told);
});
