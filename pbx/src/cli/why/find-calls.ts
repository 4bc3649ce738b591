import type { LogEntry } from '../../log/entry.ts';
import type { BreakerEntry, CancelEntry, PushEntry, RegisteredEntry } from './entries.ts';
import { readEntry } from './entries.ts';
import type { Registration } from './registrations.ts';
import { createRegistrations } from './registrations.ts';

/** What the log tells of one ring attempt at one extension. Times in epoch milliseconds. */
export type CallRecord = {
  to: string;
  uuid: string;
  callId: string | undefined;
  pushes: PushEntry[];
  cancels: CancelEntry[];
  /** Phones of the extension that registered with the PBX in the ring window, or soon after it. */
  registered: RegisteredEntry[];
  /** Registers, updates and deletes of the extension before the call was answered, the oldest first. */
  before: readonly Registration[];
  /** The same from then on, until soon after the ring window. */
  since: Registration[];
  /** The proxy was taken to be down when the call was pushed. */
  breaker: { opened: BreakerEntry; closedAt?: number } | undefined;
};

export type Search = {
  /** The latest, in the order in which they were pushed. */
  calls: CallRecord[];
  /** How many more there are, before these. */
  earlier: number;
  /** When the log begins; undefined where it is empty. */
  logBegins: number | undefined;
  /** Whether anything at all reports phones that register. */
  hasReports: boolean;
};

/** A phone that wakes late registers after its call; by then this many milliseconds, it was not the call that woke it. */
const lateMs = 60_000;

export const askedAt = ({ time, durationMs }: PushEntry): number => time - (durationMs ?? 0);

/** When the ring window ends, as far as the log tells. */
export const endOf = ({ pushes }: Pick<CallRecord, 'pushes'>): number =>
  Math.max(...pushes.map((push) => askedAt(push) + (push.ringSeconds ?? 0) * 1_000), 0);

/**
 * Finds calls, in one reading and with little in memory: a log may be large.
 *
 * @param lines of the log, the oldest first
 * @param name a UUID, a Call-ID, or an extension
 * @param last how many calls to give at most
 */
export const findCalls = async (
  lines: AsyncIterable<LogEntry>,
  name: string,
  last: number,
): Promise<Search> => {
  const calls = new Map<string, CallRecord>();
  const search: Search = { calls: [], earlier: 0, logBegins: undefined, hasReports: false };
  let breaker: { opened: BreakerEntry; closedAt?: number } | undefined;

  const lasting = (extension: string, time: number): CallRecord[] =>
    [...calls.values()].filter((call) => call.to === extension && time <= endOf(call) + lateMs);

  const registrations = createRegistrations((extension, registration) => {
    for (const call of lasting(extension, registration.takenAt ?? 0)) call.since.push(registration);
  });

  const callOf = ({ to, uuid, callId }: PushEntry | CancelEntry): CallRecord | undefined => {
    if (to !== name && callId !== name && uuid.toLowerCase() !== name.toLowerCase()) return undefined;
    const key = `${to} ${uuid}`;
    const known = calls.get(key);
    if (known !== undefined) return known;
    const before = [...registrations.of(to)];
    const call: CallRecord = {
      ...{ to, uuid, callId: callId ?? undefined, before, breaker },
      ...{ pushes: [], cancels: [], registered: [], since: [] },
    };
    calls.set(key, call);
    const [oldest] = calls.keys();
    if (calls.size > last && oldest !== undefined) {
      calls.delete(oldest);
      search.earlier += 1;
    }
    return call;
  };

  for await (const line of lines) {
    search.logBegins ??= Date.parse(line.time);
    const entry = readEntry(line);
    if (entry === undefined) continue;
    switch (entry.event) {
      case 'push_call':
      case 'push_again':
        callOf(entry)?.pushes.push(entry);
        break;
      case 'push_cancel':
        callOf(entry)?.cancels.push(entry);
        break;
      case 'registered':
        search.hasReports = true;
        for (const call of lasting(entry.extension, entry.time)) call.registered.push(entry);
        break;
      case 'breaker_opened':
        breaker = { opened: entry };
        break;
      case 'breaker_closed':
        if (breaker !== undefined) breaker.closedAt = entry.time;
        breaker = undefined;
        break;
      default:
        registrations.add(entry);
    }
  }
  return { ...search, calls: [...calls.values()] };
};
