import * as v from 'valibot';
import { wayOut } from '../../../lambda/core/registration.ts';

/** Epoch milliseconds of an ISO 8601 text. */
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => Date.parse(text)),
);
const count = v.optional(v.number(), 0);
const phone = {
  fingerprint: v.string(),
  deviceId: v.optional(v.string()),
  platform: v.string(),
  app: v.string(),
};
const push = v.object({
  ...phone,
  /** `accepted`, or why not. */
  outcome: v.string(),
  /** `kept-by-guard`, where the fleet guard kept its token from being given up. */
  mark: v.optional(v.string()),
  messageId: v.optional(v.string()),
  refusedAt: v.optional(time),
});

/** The functions that push. */
export const pushOperations = ['push_call', 'push_cancel', 'push_message'] as const;

export type PushOperation = (typeof pushOperations)[number];

const pushed = v.object({
  operation: v.picklist(pushOperations),
  pbxId: v.string(),
  keyId: v.optional(v.string(), '?'),
  extension: v.string(),
  uuid: v.string(),
  callId: v.optional(v.string()),
  /** Of a call. */
  ringSeconds: v.optional(v.number()),
  /** Of a cancel. */
  reason: v.optional(v.string()),
  /** Of a message. */
  kind: v.optional(v.string()),
  test: v.optional(v.boolean(), false),
  registrations: count,
  devices: count,
  accepted: count,
  pushes: v.optional(v.array(push), []),
  passedOver: v.optional(v.array(v.object({ ...phone, reason: v.string() })), []),
  statusCode: v.number(),
  code: v.optional(v.string()),
  apiRequestId: v.optional(v.string(), '?'),
  tableMs: count,
  durationMs: count,
});

const failure = v.object({
  operation: v.literal('feedback'),
  failureType: v.string(),
  messageId: v.string(),
  failedAt: v.optional(time),
  registrations: v.optional(
    v.array(v.object({ fingerprint: v.string(), pbxId: v.string(), verdict: v.string() })),
    [],
  ),
});

/** Lambda's JSON log format: what the function logged is under `message`. */
const logged = <Message extends v.GenericSchema>(message: Message) => v.object({ timestamp: time, message });
const pushSchema = logged(pushed);
const failureSchema = logged(failure);

/** What push_call, push_cancel or push_message logged of one request. `at` is when it answered, `askedAt` when it began, in epoch milliseconds. */
export type PushLine = v.InferOutput<typeof pushed> & { at: number; askedAt: number };
/** What feedback logged of one push that SNS could not deliver. `at` is when that failed, in epoch milliseconds. */
export type FailureLine = v.InferOutput<typeof failure> & { at: number; loggedAt: number };

/** Whom a push was handed to; of a platform that is new here, nobody knows. Only SNS tells afterwards what became of it. */
const wayOutOf = (platform: string): string | undefined =>
  Object.hasOwn(wayOut, platform) ? wayOut[platform as keyof typeof wayOut] : undefined;

export const isThroughSns = ({ platform }: { platform: string }): boolean => wayOutOf(platform) === 'sns';

const takers: Readonly<Record<string, string>> = {
  sns: 'SNS',
  huawei: 'Huawei',
  'web-push': 'its push service',
};

/** Who took a push, in the words of a report. */
export const takerOf = (platform: string): string => takers[wayOutOf(platform) ?? ''] ?? 'its provider';

/** A line that tells of a push; of any other, and of a request that was none, nothing. */
export const readPushLine = (line: unknown): PushLine[] => {
  const read = v.safeParse(pushSchema, line);
  if (!read.success) return [];
  const { timestamp: at, message } = read.output;
  return [{ ...message, at, askedAt: at - message.durationMs }];
};

export const readFailureLine = (line: unknown): FailureLine[] => {
  const read = v.safeParse(failureSchema, line);
  if (!read.success) return [];
  const { timestamp: loggedAt, message } = read.output;
  return [{ ...message, at: message.failedAt ?? loggedAt, loggedAt }];
};
