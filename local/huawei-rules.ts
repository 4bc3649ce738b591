import * as v from 'valibot';
import type { HuaweiCode } from './huawei-codes.ts';

/** A request that Push Kit takes, whoever it is for; `grant` is what the app must have been granted for it. */
export type HuaweiSend = { tokens: readonly string[]; grant?: 'urgency' | 'push-type' };

export type HuaweiRefusal = { code: HuaweiCode; msg?: string };

const mostBytes = 4_096;
const mostTokens = 1_000;
/** Seconds: 15 days. */
const longestTtl = 1_296_000;

export const isTtl = (seconds: number): boolean => seconds >= 1 && seconds <= longestTtl;

/** A text that says something. */
export const filled = v.pipe(v.string(), v.nonEmpty());

export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

export const flag = v.boolean();

export const httpsUrl = v.pipe(v.string(), v.startsWith('https://'));

/** v2 and v3 know them alike, but for one. */
export const categories = [
  'IM',
  'VOIP',
  'SUBSCRIPTION',
  'TRAVEL',
  'HEALTH',
  'WORK',
  'ACCOUNT',
  'EXPRESS',
  'FINANCE',
  'DEVICE_REMINDER',
  'MAIL',
  'MARKETING',
] as const;

export const illegal = (msg: string): HuaweiRefusal => ({ code: '80100003', msg: `Illegal payload, ${msg}` });

/** Why the body is none of this schema: by its field, and without what stands in it. */
export const structureRefusal = ([first]: [v.BaseIssue<unknown>, ...unknown[]]): HuaweiRefusal =>
  illegal(`${v.getDotPath(first) ?? 'body'} is wrong`);

/** Huawei says so of a body whose tokens it does not find, too. */
export const tokenCountRefusal = (tokens: unknown): HuaweiRefusal | undefined =>
  Array.isArray(tokens) && tokens.length >= 1 && tokens.length <= mostTokens
    ? undefined
    : { code: '80300010' };

/** @param withoutTokens the body, as it was sent but for its tokens */
export const sizeRefusal = (withoutTokens: unknown): HuaweiRefusal | undefined =>
  Buffer.byteLength(JSON.stringify(withoutTokens)) > mostBytes ? { code: '80300008' } : undefined;
