import type { IncomingHttpHeaders } from 'node:http';

/** An answer that is no success: RFC 8030 and 8292 name the statuses, and leave the words to the push service. */
export type WebPushRefusal = { status: number; headers?: Record<string, string>; message: string };

/** What a push service looks at once it knows who sends. Names of headers are in lower case. */
type WebPushRequest = {
  headers: IncomingHttpHeaders;
  /** Names of headers that were sent more than once. */
  repeated: readonly string[];
  body: Buffer;
};

/** What every push service takes, in bytes: one that takes no more is the strictest (RFC 8030, section 7.2). */
export const mostBytes = 4_096;

const urgencies = ['very-low', 'low', 'normal', 'high'];

type Rule = { broken: (request: WebPushRequest) => boolean; refusal: WebPushRefusal };

const bad = (message: string): WebPushRefusal => ({ status: 400, message });

const rules: readonly Rule[] = [
  {
    broken: ({ body }) => body.length > mostBytes,
    refusal: { status: 413, message: `the body is longer than ${mostBytes} bytes` },
  },
  {
    broken: ({ repeated }) => ['ttl', 'urgency', 'topic'].some((name) => repeated.includes(name)),
    refusal: bad('TTL, Urgency and Topic: one value each'),
  },
  // Section 5.2: without a TTL header, 400.
  {
    broken: ({ headers: { ttl } }) => !/^\d+$/.test(String(ttl)),
    refusal: bad('TTL: expected seconds'),
  },
  // Section 5.3.
  {
    broken: ({ headers: { urgency } }) => urgency !== undefined && !urgencies.includes(String(urgency)),
    refusal: bad(`Urgency: expected one of ${urgencies.join(', ')}`),
  },
  // Section 5.4.
  {
    broken: ({ headers: { topic } }) => topic !== undefined && !/^[A-Za-z0-9_-]{1,32}$/.test(String(topic)),
    refusal: bad('Topic: expected 1 to 32 characters of base64url'),
  },
  // RFC 8291, section 4: there is no other.
  {
    broken: ({ headers }) => headers['content-encoding'] !== 'aes128gcm',
    refusal: bad('Content-Encoding: expected aes128gcm'),
  },
];

/** Why a push service refuses this request, if it does (RFC 8030, section 5). */
export const refusalOf = (request: WebPushRequest): WebPushRefusal | undefined =>
  rules.find(({ broken }) => broken(request))?.refusal;
