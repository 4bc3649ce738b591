import * as v from 'valibot';
import type { LogEntry } from '../../log/entry.ts';
import type { LogFields } from '../../log/log.ts';

const time = v.pipe(
  v.string(),
  v.transform((text) => Date.parse(text)),
);
const text = v.nullish(v.string());
const list = <Item extends v.GenericSchema>(item: Item) => v.nullish(v.array(item), []);

/** Fields under the names under which they are logged. */
type Read<Logged> = { [Name in keyof Logged]?: v.GenericSchema };

const phone = v.object({
  deviceId: text,
  fingerprint: text,
  platform: v.string(),
  accepted: v.boolean(),
  reason: text,
} satisfies Read<LogFields['push_call']['phones'][number]>);
const answer = {
  to: v.string(),
  uuid: v.string(),
  callId: text,
  outcome: v.picklist(['sent', 'none', 'unknown']),
  code: text,
  devices: v.nullish(v.number(), 0),
  accepted: v.nullish(v.number(), 0),
  phones: list(phone),
  durationMs: v.nullish(v.number(), 0),
} satisfies Read<LogFields['push_call'] & LogFields['push_cancel']>;
const pushed = {
  ...answer,
  ringSeconds: v.nullish(v.number(), 0),
  test: v.nullish(v.boolean(), false),
} satisfies Read<LogFields['push_call']>;
const cancelled = { ...answer, reason: v.string() } satisfies Read<LogFields['push_cancel']>;
const phoneRegistered = {
  extension: v.string(),
  deviceId: text,
  uuids: list(v.string()),
} satisfies Read<LogFields['registered']>;
const inSpool = {
  entry: v.number(),
  operation: v.nullish(v.picklist(['register', 'update', 'delete'])),
  extension: text,
  deviceId: text,
  fingerprint: text,
  /** The new token's, of an update. */
  newFingerprint: text,
  /** Since it was taken. */
  ageMs: v.nullish(v.number()),
  code: text,
} satisfies Read<LogFields['delivered']>;
const opened = { code: text } satisfies Read<LogFields['breaker_opened']>;

const push = v.object({ time, event: v.picklist(['push_call', 'push_again']), ...pushed });
const cancel = v.object({ time, event: v.literal('push_cancel'), ...cancelled });
const registered = v.object({ time, event: v.literal('registered'), ...phoneRegistered });
const spoolEvents = ['spooled', 'delivered', 'delivery_failed', 'kept_aside'] as const;
const spooled = v.object({ time, event: v.picklist(spoolEvents), ...inSpool });
const breaker = v.object({ time, event: v.picklist(['breaker_opened', 'breaker_closed']), ...opened });

const entry = v.variant('event', [push, cancel, registered, spooled, breaker]);

export type Phone = v.InferOutput<typeof phone>;
export type PushEntry = v.InferOutput<typeof push>;
export type CancelEntry = v.InferOutput<typeof cancel>;
export type RegisteredEntry = v.InferOutput<typeof registered>;
export type SpoolEntry = v.InferOutput<typeof spooled>;
export type BreakerEntry = v.InferOutput<typeof breaker>;
export type Entry = v.InferOutput<typeof entry>;

/** A line of the log that tells of calls or phones; of any other, or one of another version, nothing. */
export const readEntry = (line: LogEntry): Entry | undefined => {
  const read = v.safeParse(entry, line);
  return read.success ? read.output : undefined;
};
