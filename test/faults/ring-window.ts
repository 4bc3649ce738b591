import type { AwsRequest } from './fault-proxy.ts';

/** A push may be this much older when it arrives than when its time to live was counted, in milliseconds. */
const onItsWayMs = 1_000;

/** Says what is wrong with a Publish that outlives its call's ring window; undefined where nothing is. */
export const latePublish = ({ action, body }: AwsRequest, now: number): string | undefined => {
  if (action !== 'Publish') return undefined;
  const fields = new URLSearchParams(body);
  const [, iso = ''] = /expiresAt\\*":\\*"([^"\\]+)/.exec(fields.get('Message') ?? '') ?? [];
  const [name = ''] = [...fields].find(([, value]) => value.endsWith('.TTL')) ?? [];
  const ttl = fields.get(name.replace(/\.Name$/, '.Value.StringValue'));
  const leftMs = Date.parse(iso) - now;
  if (ttl === null || Number.isNaN(leftMs)) return 'a push without an end';
  if (leftMs <= 0) return `a push ${-leftMs} ms after its ring window`;
  return Number(ttl) * 1_000 > leftMs + onItsWayMs
    ? `a push that lives ${ttl} s with ${leftMs} ms of its ring window left`
    : undefined;
};
