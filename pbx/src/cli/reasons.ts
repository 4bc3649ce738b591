import type { ErrorCode, OwnErrorCode, PushReason } from 'pns-proxy-client';
import type { OwnCode } from '../operations.ts';
import { visible } from '../visible.ts';

const rightPlatform =
  'Register it with the right platform (apns-voip for the calls of an iPhone, apns for its messages, fcm for Android, hms for Huawei, webpush for browsers).';

/** Why a phone stayed silent, and what to do, for whoever is asked "why did it not ring?". */
const pushReasons: Readonly<Record<PushReason, string>> = {
  expired:
    'too little of the ring window was left when its push was to be sent. Ask pns earlier, or let the call ring longer.',
  'endpoint-disabled':
    'Apple or Google had refused its push token before. Open the app on the phone once, so that it registers again; if it has been removed from the phone, nothing is left to do.',
  'token-refused':
    'its provider (Apple, Google, Huawei or a push service) refused its push token: as a rule the app has been removed from the phone, or has a new token. Open the app once, so that it registers again.',
  'invalid-token': `its push token is none of its platform. ${rightPlatform}`,
  'registration-changed':
    'it logged out, or registered again, while it was being pushed to. If it ought to be logged in: pns devices.',
  'platform-not-served':
    'its app, or its platform, is no longer served by this pns-proxy. Ask whoever runs it.',
  'application-disabled':
    "its provider refused the credential of the app, or pns-proxy has none, so that none of the app's phones there is reached. Ask whoever runs pns-proxy to look at it; the phones' registrations stay.",
  'invalid-notification':
    'Amazon SNS, Huawei or a push service refused the message, which is a fault of pns-proxy. Report it to whoever runs it, with the UUID.',
  'not-authorized':
    'pns-proxy may not ask Amazon SNS, or not read the credential of the app, which is a fault of its deployment. Report it to whoever runs it.',
  'address-not-public':
    'its push address is none of the public internet: it must subscribe at a push service that can be reached from there.',
  'no-token-for-calls':
    'it has registered a token for messages alone. Its app is to register the one for calls, too.',
  'no-token-for-messages':
    'it has registered a token for calls alone. Its app is to register the one for messages, too, with the same deviceId.',
  'push-service-refused':
    'the push service of its browser refused the push: as a rule the browser has to subscribe anew, with the public key that whoever runs pns-proxy tells.',
  'provider-down':
    'its provider had not answered for some seconds. If it goes on: ask whoever runs pns-proxy.',
  throttled:
    'Amazon SNS, Huawei or a push service took no more pushes. If it goes on: ask whoever runs pns-proxy.',
  unavailable:
    'pns-proxy, or its provider, did not answer in time. If it goes on: ask whoever runs pns-proxy.',
};

type Code =
  | ErrorCode
  | Exclude<OwnErrorCode, `gateway-${number}`>
  | Extract<OwnCode, 'breaker-open' | 'cancelled'>
  /** Of the spool. */
  | 'unreadable'
  /** Of which a status alone says too little; docs/openapi.yaml. */
  | `gateway-${401 | 403 | 404 | 413 | 429 | 500 | 503}`;

/** Why a request of pns to the proxy had no good answer, and what to do. */
const codes: Readonly<Record<Code, string>> = {
  'breaker-open':
    'the proxy had just been seen down, so that the call was spared the wait. pns probes it and goes on by itself; to find the cause: pns doctor.',
  network: 'the proxy could not be reached. To find the cause: pns doctor.',
  deadline: 'the proxy did not answer in time. To find the cause: pns doctor.',
  cancelled: 'it had been cancelled before it was pushed.',
  expired: 'too little of the ring window was left. Ask pns earlier, or let the call ring longer.',
  aborted: 'pns gave the request up, as it does when it stops.',
  'invalid-answer':
    'what answered does not speak like the proxy: a captive portal or a filter on the way, perhaps. Check PUSH_URL, then: pns doctor.',
  'invalid-json': 'the proxy could not read the request, which is a fault of pns. Report it.',
  'invalid-request':
    'the proxy found the request wrong. If that goes on with the newest pns, it is a fault: report it.',
  'invalid-token': `the push token is none of its platform. ${rightPlatform}`,
  'unknown-app':
    'the proxy serves no app of this name, or several and none was named. Correct APP in the settings.',
  'platform-not-served': 'the proxy does not serve this app on this platform. Ask whoever runs it.',
  'app-not-allowed':
    'the key of this PBX is limited to other apps. Ask whoever runs the proxy for one of this app.',
  'unknown-token': 'the old push token was not registered, so that there was nothing to update.',
  'body-too-large': 'the request was longer than the proxy takes.',
  'too-many-calls':
    'this PBX pushed faster than the proxy allows. Look for a loop of calls or messages, or ask whoever runs the proxy for more.',
  unavailable: 'something that the proxy needs did not answer. If it goes on: ask whoever runs it.',
  unreadable:
    'the request on the disk is spoilt, and cannot be sent. Drop it, and have the phone register again; and check the disk.',
  internal:
    'the proxy failed, or pns itself, whose log then holds an internal_error. Report it to whoever runs the one or the other.',
  'gateway-401': 'the request went without a key. Check KEY or KEY_FILE, then: pns doctor.',
  'gateway-403': 'the proxy refused the key: mistyped, or revoked. Check KEY or KEY_FILE, then: pns doctor.',
  'gateway-404':
    'there is no pns-proxy at PUSH_URL (correct it: the address alone, without a route), or it does not serve this kind of request.',
  'gateway-413': 'the request was longer than the proxy takes.',
  'gateway-429': 'the proxy had too many requests at once. If it goes on: ask whoever runs it.',
  'gateway-500': 'the proxy failed. If it goes on: ask whoever runs it.',
  'gateway-503': 'the proxy did not answer in time. If it goes on: ask whoever runs it.',
};

const isCode = (code: string): code is Code => Object.hasOwn(codes, code);
const isPushReason = (reason: string): reason is PushReason => Object.hasOwn(pushReasons, reason);

/** A sentence on what a phone's reason means and what to do; on one of a newer proxy, the reason alone. */
export const explainReason = (reason: string): string =>
  isPushReason(reason) ? pushReasons[reason] : `${visible(reason)}.`;

/** The same on a code of the client library's, or of the breaker. */
export const explainCode = (code: string): string => {
  if (isCode(code)) return codes[code];
  const [, status] = /^gateway-(\d{3})$/.exec(code) ?? [];
  if (status === undefined) return `${visible(code)}.`;
  return `something on the way to the proxy answered with HTTP status ${status}. Check PUSH_URL, then: pns doctor.`;
};
