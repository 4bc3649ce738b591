import type { Request } from './apple-judges.ts';
import { app, foreign, foreignKey, foreignToken, goneToken, strangersKey, tokenOf } from './apple-judges.ts';

export const uuid = '0190f5d2-1c5e-4b7a-9d3e-5a8f6c2b1e00';
export const to = (token: string) => ({ path: `/3/device/${token}` });
export const headers = (changed: Request['headers']): Request => ({ headers: changed ?? {} });
/** A push of another type to the token of its topic. */
export const push = (
  type: string,
  suffix: Parameters<typeof tokenOf>[0],
  more: Request['headers'] = {},
): Request => ({
  ...to(tokenOf(suffix)),
  headers: { 'apns-topic': app + suffix, 'apns-push-type': type, ...more },
});
/** A payload of so many bytes. */
export const bytes = (count: number): string => {
  const empty = JSON.stringify({ aps: {}, pad: '' });
  return JSON.stringify({ aps: {}, pad: 'x'.repeat(count - empty.length) });
};
const cut = (jwt: string, end: number) => `bearer ${jwt.split('.').slice(0, end).join('.')}`;

/** What both answer alike. */
export const alike: [name: string, request: Request, answer: string][] = [
  ["a call's push", {}, '200'],
  ['an alert', push('alert', ''), '200'],
  ['an alert of priority 5', push('alert', '', { 'apns-priority': '5' }), '200'],
  ['a background push of priority 5', push('background', '', { 'apns-priority': '5' }), '200'],
  ['a complication', push('complication', '.complication'), '200'],
  ['a file provider', push('fileprovider', '.pushkit.fileprovider'), '200'],
  ['a location query', push('location', '.location-query'), '200'],
  ['a live activity', push('liveactivity', '.push-type.liveactivity'), '200'],
  ['push to talk', push('pushtotalk', '.voip-ptt'), '200'],
  ['an unknown push type', headers({ 'apns-push-type': 'call' }), '400 InvalidPushType'],
  ['an empty push type', headers({ 'apns-push-type': '' }), '400 InvalidPushType'],
  ['a push type in capitals', headers({ 'apns-push-type': 'VOIP' }), '400 InvalidPushType'],

  ['GET', { method: 'GET' }, '405 MethodNotAllowed'],
  ['PUT', { method: 'PUT' }, '405 MethodNotAllowed'],
  ['DELETE', { method: 'DELETE' }, '405 MethodNotAllowed'],
  ['the method in small letters', { method: 'post' }, '405 MethodNotAllowed'],
  ['another path', { path: `/3/devices/${tokenOf('.voip')}` }, '404 BadPath'],
  ['another version', { path: `/2/device/${tokenOf('.voip')}` }, '404 BadPath'],
  ['the root', { path: '/' }, '404 BadPath'],

  ['no device token', to(''), '400 MissingDeviceToken'],
  ['a device token that is not hex', to('xy'.repeat(32)), '400 BadDeviceToken'],
  ['a device token with a space', to(`${'ab'.repeat(31)}%20`), '400 BadDeviceToken'],
  ['a device token cut short', to('ab'.repeat(31)), '400 BadDeviceToken'],
  ['half a byte more', to(`${tokenOf('.voip')}a`), '400 BadDeviceToken'],
  ["the app's token for calls", to(tokenOf('')), '400 DeviceTokenNotForTopic'],
  [
    "the calls' token for alerts",
    { ...push('alert', ''), ...to(tokenOf('.voip')) },
    '400 DeviceTokenNotForTopic',
  ],
  ['an unregistered device token', to(goneToken), '410 Unregistered'],

  ['no topic', headers({ 'apns-topic': undefined }), '400 MissingTopic'],

  ['no authorization', { provider: { written: () => undefined } }, '403 MissingProviderToken'],
  ['an empty authorization', { provider: { written: () => '' } }, '403 MissingProviderToken'],
  ['no token behind bearer', { provider: { written: () => 'bearer' } }, '403 MissingProviderToken'],
  ['spaces behind bearer', { provider: { written: () => 'bearer  ' } }, '403 MissingProviderToken'],
  ['basic authorization', { provider: { written: () => 'Basic YTpi' } }, '403 MissingProviderToken'],
  ['a provider token alone', { provider: { written: (jwt) => jwt } }, '403 MissingProviderToken'],
  ['more spaces behind bearer', { provider: { written: (jwt) => `bearer   ${jwt}` } }, '200'],
  [
    'a provider token that is no JWT',
    { provider: { written: () => 'bearer x' } },
    '403 InvalidProviderToken',
  ],
  ['a JWT without signature', { provider: { written: (jwt) => cut(jwt, 2) } }, '403 InvalidProviderToken'],
  [
    'a JWT with a part more',
    { provider: { written: (jwt) => `bearer ${jwt}.x` } },
    '403 InvalidProviderToken',
  ],
  ['an unknown key', { provider: { header: { kid: 'UNKNOWN000' } } }, '403 InvalidProviderToken'],
  ['no key', { provider: { header: { kid: undefined } } }, '403 InvalidProviderToken'],
  ["a stranger's signature", { provider: { signer: strangersKey } }, '403 InvalidProviderToken'],
  ['another team', { provider: { claims: { iss: foreign.teamId } } }, '403 InvalidProviderToken'],
  ['no team', { provider: { claims: { iss: undefined } } }, '403 InvalidProviderToken'],
  ['no time of issue', { provider: { claims: { iat: undefined } } }, '403 InvalidProviderToken'],
  ['a provider token of 50 minutes ago', { provider: { age: 3_000 } }, '200'],
  ['a provider token of an hour and a second ago', { provider: { age: 3_601 } }, '403 ExpiredProviderToken'],

  ['no priority', headers({ 'apns-priority': undefined }), '200'],
  ['priority 0', headers({ 'apns-priority': '0' }), '400 BadPriority'],
  ['priority 9', headers({ 'apns-priority': '9' }), '400 BadPriority'],
  ['priority -1', headers({ 'apns-priority': '-1' }), '400 BadPriority'],
  ['an expiration of 0', headers({ 'apns-expiration': '0' }), '200'],
  ['an expiration to come', headers({ 'apns-expiration': '4102444800' }), '200'],
  ['an expiration past', headers({ 'apns-expiration': '1' }), '200'],
  ['a collapse id of 64 bytes', headers({ 'apns-collapse-id': 'x'.repeat(64) }), '200'],
  ['a collapse id of 65 bytes', headers({ 'apns-collapse-id': 'x'.repeat(65) }), '400 BadCollapseId'],
  ['an empty collapse id', headers({ 'apns-collapse-id': '' }), '200'],
  ['an apns-id', headers({ 'apns-id': uuid }), '200'],
  ['an apns-id with a refusal', headers({ 'apns-id': uuid, 'apns-priority': '9' }), '400 BadPriority'],
  ['an apns-id that is no UUID', headers({ 'apns-id': '42' }), '400 BadMessageId'],
  ['an apns-id without hyphens', headers({ 'apns-id': uuid.replaceAll('-', '') }), '400 BadMessageId'],
  ['an apns-id in braces', headers({ 'apns-id': `{${uuid}}` }), '400 BadMessageId'],
  ['an empty apns-id', headers({ 'apns-id': '' }), '400 BadMessageId'],

  ['an empty payload', { body: '' }, '400 PayloadEmpty'],
  ['no payload', { body: null }, '400 PayloadEmpty'],
  ['4096 bytes of alert', { ...push('alert', ''), body: bytes(4_096) }, '200'],
  ['4097 bytes of alert', { ...push('alert', ''), body: bytes(4_097) }, '413 PayloadTooLarge'],
  ["5121 bytes of a call's push", { body: bytes(5_121) }, '413 PayloadTooLarge'],
  ['100,000 bytes', { body: bytes(100_000) }, '413 PayloadTooLarge'],
];

/** On one connection, in this order: "one team a connection". */
export const ofTwoTeams: [name: string, request: Request, answer: string][] = [
  [
    'the first team',
    {
      ...to(foreignToken),
      headers: { 'apns-topic': `${foreign.bundleIds}.voip` },
      provider: { claims: { iss: foreign.teamId }, header: { kid: foreign.keyId }, signer: foreignKey },
    },
    '200',
  ],
  ['another team', {}, '403 InvalidProviderToken'],
];
