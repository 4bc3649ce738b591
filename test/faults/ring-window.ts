import type { ReceivedPush } from '../../local/pushes.ts';
import type { AwsRequest } from './fault-proxy.ts';

/** A push may be this much older when it arrives than when its time to live was counted, in milliseconds. */
const onItsWayMs = 1_000;

/** However deep in texts of JSON it stands. */
const expiryIn = (text: string): number => {
  const [, iso = ''] = /expiresAt\\*":\\*"([^"\\]+)/.exec(text) ?? [];
  return Date.parse(iso);
};

/** What is wrong with a push that may live for some seconds from a moment on; undefined where nothing is. */
const fault = (expiresAt: number, seconds: number, now: number): string | undefined => {
  const leftMs = expiresAt - now;
  if (Number.isNaN(leftMs) || Number.isNaN(seconds)) return 'a push without an end';
  if (leftMs <= 0) return `a push ${-leftMs} ms after its ring window`;
  return seconds * 1_000 > leftMs + onItsWayMs
    ? `a push that lives ${seconds} s with ${leftMs} ms of its ring window left`
    : undefined;
};

/** Says what is wrong with a Publish that outlives its call's ring window; undefined where nothing is. */
export const latePublish = ({ action, body }: AwsRequest, now: number): string | undefined => {
  if (action !== 'Publish') return undefined;
  const fields = new URLSearchParams(body);
  const [name = ''] = [...fields].find(([, value]) => value.endsWith('.TTL')) ?? [];
  const ttl = fields.get(name.replace(/\.Name$/, '.Value.StringValue'));
  return fault(expiryIn(fields.get('Message') ?? ''), Number(ttl ?? Number.NaN), now);
};

/** Apple's and Google's live for what SNS was told, which {@link latePublish} looks at. */
const secondsOf = ({ provider, headers, payload }: ReceivedPush): number => {
  if (provider === 'webpush') return Number(headers['ttl']);
  if (provider !== 'huawei') return 0;
  const [, ttl] = /"ttl":"?(\d+)/.exec(JSON.stringify(payload)) ?? [];
  return Number(ttl);
};

/** The same of a push that a provider has taken. */
export const latePush = (push: ReceivedPush): string | undefined =>
  fault(expiryIn(JSON.stringify(push.payload)), secondsOf(push), Date.parse(push.at));
