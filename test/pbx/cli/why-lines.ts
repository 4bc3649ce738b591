import { findCalls } from '../../../pbx/src/cli/why/find-calls.ts';
import { formatReport, reportOn } from '../../../pbx/src/cli/why/report.ts';
import type { LogEntry } from '../../../pbx/src/log/entry.ts';
import type { LogFields } from '../../../pbx/src/log/log.ts';

export type Line = LogEntry;
/** Fields under the names under which pns logs them, odd or missing ones too. */
type Changes<Event extends keyof LogFields> = {
  [Name in keyof LogFields[Event]]?: LogFields[Event][Name] | null | undefined;
} & { time?: string; event?: Event };

export const uuid = '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51';
export const iphone = { deviceId: '6D92078A', platform: 'apns-voip', accepted: true };
export const android = { fingerprint: '9f86d081', platform: 'fcm', accepted: true };

/** Noon, and so many seconds. */
export const at = (seconds: number): string =>
  new Date(Date.parse('2026-11-22T12:00:00Z') + seconds * 1_000).toISOString();

/** A call to 101 for two phones, asked for at noon and pushed 120 ms later. */
export const pushed = (changes: Changes<'push_call' | 'push_again'> = {}): Line => ({
  ...{ level: 'info', time: at(0.12), event: 'push_call' },
  ...({
    ...{ to: '101', uuid, callId: 'c1@pbx', ringSeconds: 30, test: undefined },
    ...{ devices: 2, accepted: 2, outcome: 'sent', phones: [iphone, android], durationMs: 120 },
  } satisfies LogFields['push_call']),
  ...changes,
});

export const registered = (seconds: number, changes: Changes<'registered'> = {}): Line => ({
  ...{ level: 'info', time: at(seconds), event: 'registered' },
  ...({ extension: '101', deviceId: undefined, uuids: [uuid] } satisfies LogFields['registered']),
  ...changes,
});

export const cancelled = (seconds: number, reason: string, changes: Changes<'push_cancel'> = {}): Line => ({
  ...{ level: 'info', time: at(seconds), event: 'push_cancel' },
  ...({
    ...{ to: '101', uuid, callId: 'c1@pbx', reason },
    ...{ devices: 1, accepted: 1, outcome: 'sent', phones: [android], durationMs: 80 },
  } satisfies LogFields['push_cancel']),
  ...changes,
});

/** Of request 7 in the spool: a register of the Android phone, unless it is told otherwise. */
export const spool = (
  event: 'spooled' | 'delivered' | 'delivery_failed' | 'kept_aside',
  seconds: number,
  changes: Changes<'delivered'> = {},
): Line => ({
  ...{ level: 'info', time: at(seconds), event },
  ...({
    ...{ entry: 7, operation: 'register', extension: '101', fingerprint: android.fingerprint },
  } satisfies LogFields['spooled']),
  ...changes,
});

/** The log's first line, an hour before noon, and a report that shows that the PBX tells of phones at all. */
const beginning: readonly Line[] = [
  { level: 'info', time: at(-3_600), event: 'started', version: '0.1.0' },
  registered(-3_599, { extension: '999', uuids: [] }),
];

/** What `pns why` makes of a log, an hour after noon unless it is told otherwise. */
export const why = async (
  lines: readonly Line[],
  { name = '101', last = 5, before = beginning, now = at(3_600) } = {},
): Promise<string> => {
  const log = async function* () {
    yield* before;
    yield* lines;
  };
  const search = await findCalls(log(), name, last);
  return search.calls.map((call) => formatReport(reportOn(call, search, Date.parse(now)))).join('\n\n');
};
