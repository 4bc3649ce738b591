import type { App, Served } from './apps.ts';
import type { Notice } from './notice.ts';
import { isMissed, secondsLeft, withoutPreview } from './notice.ts';
import { alertOf } from './payload-alert.ts';
import type { ApnsPush } from './payload-apns.ts';
import { apnsBody, apnsHeaders } from './payload-apns.ts';
import { dataOf } from './payload-data.ts';
import type { FcmPush } from './payload-fcm.ts';
import { fcmBody } from './payload-fcm.ts';
import type { HmsPush } from './payload-hms.ts';
import { hmsPush } from './payload-hms.ts';
import type { WebPush } from './payload-webpush.ts';
import { webPushHeaders } from './payload-webpush.ts';
import { longestPrefixThatFits } from './text.ts';

/** What goes out to one phone, in the provider's own terms; `ttlSeconds` are whole, and never 0. */
export type Push = FcmPush | ApnsPush | HmsPush | WebPush;

/**
 * Bytes of a body's JSON. Google, Apple and Huawei take 4,096; a VoIP push may be longer at Apple, but whether SNS lets
 * it through is not documented. Some are left for what is added on the way: FCM's `token` is not counted in its
 * limit, but its quotes and name are in ours. Of 4,096 bytes encrypted, Web Push leaves 3,993 (RFC 8291, section 4).
 */
const bodyLimit = 3_990;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** What is cut where a body is too long, in this order: what is the longest, and is missed the least. */
const cuttable = ['text', 'callerName', 'callId', 'messageId', 'caller'] as const;

type Cuttable = Notice & { [name in (typeof cuttable)[number]]?: string };

/** Half a surrogate pair is no character: what a provider makes of it is not documented. */
const wellFormed = (notice: Notice): Cuttable => {
  const formed: Cuttable = { ...notice };
  for (const name of cuttable) {
    const text = formed[name];
    if (text !== undefined) formed[name] = text.toWellFormed();
  }
  return formed;
};

/** What may go out of a push: Huawei's has a second body, for an app that may not send the first. */
const bodiesOf = (push: Push): unknown[] =>
  'fallback' in push && push.fallback ? [push.body, push.fallback.body] : [push.body];

/** Cuts texts, at a character, until the push fits. */
const fitted = (notice: Cuttable, make: (notice: Cuttable) => Push): Cuttable => {
  const fits = (cut: Cuttable) => bodiesOf(make(cut)).every((body) => bytesOf(body) <= bodyLimit);
  let short = notice;
  for (const name of cuttable) {
    if (fits(short)) return short;
    const text = short[name];
    if (text === undefined) continue;
    const before = short;
    short = {
      ...short,
      [name]: longestPrefixThatFits(text, (prefix) => fits({ ...before, [name]: prefix })),
    };
  }
  return short;
};

/**
 * Makes the pushes that tell phones of something, each as it is to leave at its moment. Texts that are too long are cut, once
 * for all: later ones are no longer, since less of the time to live is left.
 *
 * @param now epoch milliseconds
 * @returns gives a push from an epoch millisecond on; undefined where less than a second is left
 */
export const pushesOf = (
  to: Served,
  app: App,
  told: Notice,
  now: number,
): ((at: number) => Push | undefined) => {
  const missed = isMissed(told, app);
  const { platform } = to;
  const make = (notice: Notice, ttlSeconds: number): Push => {
    const data = dataOf(notice, missed);
    const alert = alertOf(notice, app.preview === false ? undefined : (told.caller ?? ''));
    switch (platform) {
      case 'fcm':
        return { platform, body: fcmBody(notice, data, { ttlSeconds, missed, alert }), ttlSeconds };
      case 'apns':
      case 'apns-voip': {
        const apns = apnsHeaders(platform, app, notice, { missed, alert });
        return { platform, body: apnsBody(platform, notice, data, { missed, alert }), apns, ttlSeconds };
      }
      case 'hms':
        return hmsPush(notice, app, { data, ttlSeconds, missed, alert }, to.harmonyOs === true);
      case 'webpush':
        return { platform, body: data, ...webPushHeaders(notice), ttlSeconds };
    }
  };
  const longest = secondsLeft(told, app, now);
  let notice: Cuttable | undefined;
  return (at) => {
    const ttlSeconds = secondsLeft(told, app, at);
    if (ttlSeconds < 1) return undefined;
    notice ??= fitted(withoutPreview(wellFormed(told), app), (cut) => make(cut, longest));
    return make(notice, ttlSeconds);
  };
};
