import * as v from 'valibot';
import type { Caller } from '../core/caller.ts';
import { ServiceError } from '../core/errors.ts';

/** Bodies of more bytes than this are refused unread: the longest that any client has reason to send has half of it. */
const longestBody = 32_768;

/** What is needed of API Gateway's event, payload format 2.0; the rest is not looked at. */
const eventSchema = v.object({
  body: v.optional(v.nullable(v.string())),
  isBase64Encoded: v.optional(v.boolean()),
  queryStringParameters: v.optional(v.nullable(v.record(v.string(), v.string()))),
  requestContext: v.object({
    requestId: v.optional(v.string()),
    timeEpoch: v.optional(v.number()),
    authorizer: v.object({
      lambda: v.object({ pbxId: v.string(), keyId: v.string(), apps: v.optional(v.nullable(v.string())) }),
    }),
  }),
});

export type Arrival = {
  caller: Caller;
  /** When API Gateway took the request, in epoch milliseconds. */
  receivedAt: number;
  readBody(): unknown;
  query: Record<string, string>;
};

/** Reads what API Gateway hands over. Whatever else arrives is refused like any bad request. */
export const readEvent = (event: unknown, now: number): Arrival => {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success)
    throw new ServiceError('invalid-request', 'the request did not come through API Gateway');
  const { body, isBase64Encoded, queryStringParameters, requestContext } = parsed.output;
  const { pbxId, keyId, apps } = requestContext.authorizer.lambda;
  return {
    caller: { pbxId, keyId, ...(apps && { apps: apps.split(',') }) },
    receivedAt: Math.min(requestContext.timeEpoch ?? now, now),
    query: queryStringParameters ?? {},
    readBody: () => readJson(body ?? '', isBase64Encoded === true),
  };
};

/** API Gateway encodes a body whose content type it does not take for text. */
const readJson = (body: string, isBase64: boolean): unknown => {
  const bytes = Buffer.from(body, isBase64 ? 'base64' : 'utf8');
  if (bytes.length > longestBody) {
    throw new ServiceError('body-too-large', `expected a body of at most ${longestBody} bytes`);
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    // Without the cause: a parser's message quotes the body, and the body holds a token.
    throw new ServiceError('invalid-json', 'expected a JSON object in UTF-8 as the body');
  }
};

/** The request id of an event that may be anything. */
export const requestIdOf = (event: unknown): string => {
  const schema = v.object({ requestContext: v.object({ requestId: v.string() }) });
  const parsed = v.safeParse(schema, event);
  return parsed.success ? parsed.output.requestContext.requestId : crypto.randomUUID();
};

/** Longer than this nothing waits in a spool: it is no age, but a clock that is wrong, or made up. In seconds: a year. */
const longestAge = 31_536_000;

const headersSchema = v.object({ headers: v.record(v.string(), v.unknown()) });

/**
 * How long the oldest request has waited that the PBX could not deliver, in seconds, where it says so in its header
 * `x-pns-spool-oldest-seconds`: whole seconds, a year at most. Anything else is as if it had said nothing.
 */
export const spoolAgeOf = (event: unknown): number | undefined => {
  const parsed = v.safeParse(headersSchema, event);
  if (!parsed.success) return undefined;
  // API Gateway hands header names on in lower case (payload format 2.0).
  const header = parsed.output.headers['x-pns-spool-oldest-seconds'];
  if (typeof header !== 'string' || !/^\d{1,8}$/.test(header)) return undefined;
  const seconds = Number(header);
  return seconds <= longestAge ? seconds : undefined;
};

/** What the keep-warm schedule sends. */
export const isWarmUp = (event: unknown): boolean => v.is(v.object({ warm: v.literal(true) }), event);
