import type { Request } from './apple-judges.ts';
import {
  app,
  foreign,
  foreignToken,
  goneToken,
  rsaKey,
  strangersKey,
  tokenOf,
  unknownToken,
} from './apple-judges.ts';
import { bytes, headers, push, to, uuid } from './apple-requests.ts';

const sending = 'Apple, Sending notification requests to APNs';
const responses = 'Apple, Handling notification responses from APNs';
const connecting = 'Apple, Establishing a token-based connection to APNs';
const generating = 'Apple, Generating a remote notification';
const registering = 'Apple, Registering your app with APNs';
const unsaid = 'Apple does not say';

type Difference = {
  /** Why the project's is as it is. */
  because: string;
  /** Who says that it is right. */
  source: string;
  cases: [name: string, request: Request, ours: string, pushys: string][];
};

const invalid = '403 InvalidProviderToken';
const noPushType = '400 InvalidPushType';
const notForTopic = '400 DeviceTokenNotForTopic';
const byWritten = (written: (jwt: string) => string | string[]): Request => ({ provider: { written } });

/** Where the two differ. */
export const differences: Difference[] = [
  {
    because: 'VoIP has 5120 bytes',
    source: generating,
    cases: [["5120 bytes of a call's push", { body: bytes(5_120) }, '200', '413 PayloadTooLarge']],
  },
  {
    because: 'a payload is a JSON dictionary with aps; for what is none there is no nearer reason',
    source: `${generating}; which reason, ${unsaid}`,
    cases: ['[]', '{', '{"uuid":"u"}', '{"aps":1}'].map((body) => [
      ...([body, { body }, '400 PayloadEmpty', '200'] as const),
    ]),
  },
  {
    because: "a device token's length varies",
    source: registering,
    cases: [['80 bytes of it', to('ab'.repeat(80)), '200', '400 BadDeviceToken']],
  },
  {
    because: 'a device token is bytes, in hexadecimal',
    source: sending,
    cases: [['in capitals', to(tokenOf('.voip').toUpperCase()), '200', notForTopic]],
  },
  {
    because:
      'a limit of ours: only Apple knows which device tokens it gave, and refuses others by BadDeviceToken',
    source: responses,
    cases: [['one that nobody registered', to(unknownToken), '200', notForTopic]],
  },
  {
    because: 'what lacks is the device token, and what is behind it is no part of it',
    source: unsaid,
    cases: [
      ['nothing behind /3/device', { path: '/3/device' }, '400 MissingDeviceToken', '404 BadPath'],
      ['a path behind it', to(`${tokenOf('.voip')}/x`), '404 BadPath', '400 BadDeviceToken'],
      ['a query behind it', to(`${tokenOf('.voip')}?a=b`), '404 BadPath', '400 BadDeviceToken'],
    ],
  },
  {
    because: 'the topic is what is wrong; pushy knows topics by their device tokens alone',
    source: responses,
    cases: [
      [
        "another team's app, and its device token",
        { ...to(foreignToken), ...headers({ 'apns-topic': `${foreign.bundleIds}.voip` }) },
        '400 TopicDisallowed',
        invalid,
      ],
      [
        "another team's app",
        headers({ 'apns-topic': `${foreign.bundleIds}.voip` }),
        '400 TopicDisallowed',
        notForTopic,
      ],
      ['an empty topic', headers({ 'apns-topic': '' }), '400 MissingTopic', notForTopic],
      ['a topic that can be none', headers({ 'apns-topic': 'a_b' }), '400 BadTopic', notForTopic],
    ],
  },
  {
    because: 'where it is missing Apple may refuse, delay or drop a push: ours does the first',
    source: sending,
    cases: [['no push type', headers({ 'apns-push-type': undefined }), noPushType, '200']],
  },
  {
    because: "each push type has a topic of its own, and mdm's is no app's",
    source: sending,
    cases: [
      ["an alert on the calls' topic", push('alert', '.voip'), noPushType, '200'],
      ["a call's push on the app's topic", push('voip', ''), noPushType, '200'],
      ['mdm', push('mdm', ''), noPushType, '200'],
    ],
  },
  {
    because: 'there are push types and a priority that pushy 0.15.4 does not know',
    source: sending,
    cases: [
      ['widgets', push('widgets', '.push-type.widgets'), '200', noPushType],
      ['controls', push('controls', '.push-type.controls'), '200', noPushType],
      ['priority 1', push('alert', '', { 'apns-priority': '1' }), '200', '400 BadPriority'],
    ],
  },
  {
    because: 'a background push has priority 5, and 10 is the default',
    source: sending,
    cases: [
      ['10', push('background', '', { 'apns-priority': '10' }), '400 BadPriority', '200'],
      ['none', push('background', ''), '400 BadPriority', '200'],
    ],
  },
  {
    because: 'pushy takes a priority in words for none, and looks at no expiration',
    source: responses,
    cases: [
      ['priority high', headers({ 'apns-priority': 'high' }), '400 BadPriority', '200'],
      ['expiration soon', headers({ 'apns-expiration': 'soon' }), '400 BadExpirationDate', '200'],
      ['expiration -1', headers({ 'apns-expiration': '-1' }), '400 BadExpirationDate', '200'],
      ['an empty expiration', headers({ 'apns-expiration': '' }), '400 BadExpirationDate', '200'],
    ],
  },
  {
    because: 'the apns-id that comes back is the value that was sent',
    source: responses,
    cases: [
      ['in capitals', headers({ 'apns-id': uuid.toUpperCase() }), '200 as sent', '200 in another case'],
    ],
  },
  {
    because: 'pushy reads the first of repeated headers',
    source: responses,
    cases: [
      ['a collapse id', headers({ 'apns-collapse-id': ['a', 'b'] }), '400 DuplicateHeaders', '200'],
      ['a topic', headers({ 'apns-topic': Array(2).fill(`${app}.voip`) }), '400 DuplicateHeaders', '200'],
      ['authorization', byWritten((jwt) => Array(2).fill(`bearer ${jwt}`)), '400 DuplicateHeaders', '200'],
      ["one that is not Apple's", headers({ accept: ['a', 'b'] }), '400 DuplicateHeaders', '200'],
    ],
  },
  {
    because: "a scheme's case means nothing, and a space ends it",
    source: 'RFC 9110, 11.1 and 11.4',
    cases: [
      ['Bearer', byWritten((jwt) => `Bearer ${jwt}`), '200', '403 MissingProviderToken'],
      ['no space behind bearer', byWritten((jwt) => `bearer${jwt}`), '403 MissingProviderToken', '200'],
    ],
  },
  {
    because: 'a clock that is ahead must be seen',
    source: unsaid,
    cases: [['a provider token issued in 10 minutes', { provider: { age: -600 } }, invalid, '200']],
  },
  {
    because: 'there is a new provider token every 20 minutes at most',
    source: connecting,
    cases: [['the second', { provider: { age: 600 } }, '429 TooManyProviderTokenUpdates', '200']],
  },
  {
    because: 'pushy breaks on a signature that has not the form of one',
    source: connecting,
    cases: [
      [
        "RSA's",
        { provider: { header: { alg: 'RS256' }, signer: rsaKey } },
        invalid,
        '500 InternalServerError',
      ],
      ['one cut short', byWritten((jwt) => `bearer ${jwt.slice(0, -8)}`), invalid, '500 InternalServerError'],
    ],
  },
  {
    because: 'who cannot prove who he is hears nothing of a device token: a wrong credential costs none',
    source: unsaid,
    cases: [
      [
        "an unregistered one, with a stranger's provider token",
        { ...to(goneToken), provider: { signer: strangersKey } },
        invalid,
        '410 Unregistered',
      ],
    ],
  },
];
