import { ECDH } from 'node:crypto';
import * as v from 'valibot';
import { mobilePushRegions } from './regions.ts';

/** CloudWatch Logs takes these and no others (Amazon CloudWatch Logs API reference, PutRetentionPolicy). */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

/**
 * An object of these fields and no others. Its message says what the field in question should be, so that a
 * missing field is explained just as a wrong one is.
 */
const fields = <T extends v.ObjectEntries>(entries: T, expected = 'an object') =>
  v.pipe(
    v.strictObject(entries, (issue) => {
      if (issue.expected === 'Object') return expected;
      const name = String(issue.path?.at(-1)?.key);
      const entry = entries[name];
      if (!entry) return `no such field; there are ${Object.keys(entries).join(', ')}`;
      return v.getDescription(entry) ?? expected;
    }),
    v.description(expected),
  );

const text = (pattern: RegExp, expected: string) =>
  v.pipe(v.string(expected), v.regex(pattern, expected), v.description(expected));

const whole = (least: number, most: number) => {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
    v.description(expected),
  );
};

const oneOf = <T extends readonly (string | number)[]>(values: T, expected: string) =>
  v.pipe(v.picklist(values, expected), v.description(expected));

const flag = v.boolean('true or false');

const hostName = (expected: string) =>
  text(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/, expected);

const credential = {
  secret: text(/^[A-Za-z0-9/_+=.@-]{1,512}$/, 'the name of a secret in Secrets Manager (not its ARN)'),
  secretVersion: v.optional(
    text(/^[A-Za-z0-9/_+=.@-]{1,256}$/, 'a version id or staging label of the secret'),
    'AWSCURRENT',
  ),
};

const fcm = fields({
  projectId: text(
    /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    'a Firebase project id: 6 to 30 of a-z, 0-9 and -, starting with a letter',
  ),
  ...credential,
});

const tenUpperCase = text(/^[A-Z0-9]{10}$/, '10 characters of A-Z and 0-9');

const apple = fields({
  teamId: tenUpperCase,
  keyId: tenUpperCase,
  bundleId: text(/^[A-Za-z0-9.-]{1,155}$/, 'a bundle id: 1 to 155 of A-Z, a-z, 0-9, . and -'),
  ...credential,
});

const huaweiId = (what: string) => text(/^[1-9]\d{0,31}$/, `${what} in AppGallery Connect: a text of digits`);

const huawei = v.pipe(
  fields({
    projectId: huaweiId('the project id of the app'),
    v2: v.exactOptional(fields({ clientId: huaweiId('the client id of the app'), ...credential })),
    v3: v.exactOptional(fields(credential)),
    voip: v.optional(flag, false),
  }),
  v.check((apis) => apis.v2 !== undefined || apis.v3 !== undefined, '"v2", "v3" or both'),
);

/** RFC 8292, section 2.1. Apple refuses one at a host that is none of the internet, and so every push to Safari. */
const isContact = (address: string): boolean => {
  const host = /^mailto:[^\s@?]+@([^\s@?]+)$/.exec(address)?.[1] ?? httpsHost(address);
  return /^([a-z0-9-]+\.)+[a-z][a-z0-9-]+$/i.test(host) && !/\.(invalid|local|localhost|test)$/i.test(host);
};
const httpsHost = (address: string): string =>
  /^https:\/\/\S+$/.test(address) && URL.canParse(address) ? new URL(address).hostname : '';

/** RFC 8292, section 3.2: a point on P-256, uncompressed. */
const isVapidKey = (key: string): boolean => {
  try {
    return (
      /^B[A-P][A-Za-z0-9_-]{85}$/.test(key) && ECDH.convertKey(key, 'prime256v1', 'base64url').length > 0
    );
  } catch {
    return false;
  }
};

const contactExpected = 'a mailto: or https: address at a public host, whom push services may write to';
const vapidKeyExpected = 'a VAPID public key: a point on P-256, 87 characters of base64url';
const webPush = fields({
  subject: v.pipe(
    v.string(contactExpected),
    v.check(isContact, contactExpected),
    v.description(contactExpected),
  ),
  publicKey: v.pipe(
    v.string(vapidKeyExpected),
    v.check(isVapidKey, vapidKeyExpected),
    v.description(vapidKeyExpected),
  ),
  ...credential,
});

const app = v.pipe(
  fields({
    fcm: v.exactOptional(fcm),
    apple: v.exactOptional(apple),
    huawei: v.exactOptional(huawei),
    webPush: v.exactOptional(webPush),
    preview: v.optional(flag, true),
    missedCalls: v.optional(flag, false),
  }),
  v.check(
    (sides) => [sides.fcm, sides.apple, sides.huawei, sides.webPush].some((side) => side !== undefined),
    'one of "fcm", "apple", "huawei" and "webPush" at least',
  ),
);

const domain = v.pipe(
  fields({
    name: hostName('a host name in lower case'),
    hostedZoneId: text(
      /^Z[A-Z0-9]{1,31}$/,
      'the id of a Route 53 hosted zone: Z and up to 31 of A-Z and 0-9',
    ),
    hostedZoneName: hostName('the domain name of the hosted zone, in lower case, without a dot at its end'),
  }),
  v.forward(
    v.partialCheck(
      [['name'], ['hostedZoneName']],
      ({ name, hostedZoneName }) => name === hostedZoneName || name.endsWith(`.${hostedZoneName}`),
      'a name in the hosted zone',
    ),
    ['name'],
  ),
);

/**
 * 30 apps on every platform are 150 platform applications: what the ARNs of more would take is over the ten
 * policies that a role may have (IAM and AWS STS quotas), and near CloudFormation's 500 resources a stack.
 */
const mostApps = 30;
const appsExpected = `an object with 1 to ${mostApps} apps, named by 1 to 32 of a-z, 0-9 and -`;
const apps = v.pipe(
  v.record(text(/^[a-z0-9-]{1,32}$/, 'an app name of 1 to 32 of a-z, 0-9 and -'), app, appsExpected),
  v.check((named) => Object.keys(named).length > 0 && Object.keys(named).length <= mostApps, appsExpected),
  v.description(appsExpected),
);

/**
 * What a settings file may hold; `pns-proxy.example.json` documents each field. Every message is what was
 * expected, in words that complete "expected …".
 */
export const settingsSchema = fields({
  // 40, since it is in the name of every platform application, and these are in policies of limited size.
  stack: v.optional(
    text(/^[A-Za-z][A-Za-z0-9-]{0,39}$/, 'a letter, then up to 39 letters, digits and -'),
    'pns-proxy',
  ),
  region: oneOf(mobilePushRegions, `a region where SNS has mobile push: ${mobilePushRegions.join(', ')}`),
  account: v.exactOptional(text(/^\d{12}$/, 'an AWS account id: a text of 12 digits')),
  domain: v.exactOptional(domain),
  apps,
  ringSeconds: v.optional(whole(5, 120), 30),
  registrationDays: v.optional(whole(1, 3650), 270),
  registrationsPerExtension: v.optional(whole(1, 100), 20),
  tableName: v.exactOptional(
    text(/^[A-Za-z0-9_.-]{3,255}$/, 'a table name: 3 to 255 of A-Z, a-z, 0-9, _ . and -'),
  ),
  alarmEmail: v.exactOptional(text(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address')),
  deliveryStatus: v.optional(flag, false),
  keepWarm: v.optional(flag, false),
  provisionedConcurrency: v.exactOptional(whole(1, 1000)),
  reservedConcurrency: v.exactOptional(whole(1, 10_000)),
  throttle: v.optional(
    fields({
      ratePerSecond: v.optional(whole(1, 10_000), 1000),
      burst: v.optional(whole(1, 10_000), 2000),
    }),
    {},
  ),
  brake: v.optional(
    fields({
      callsPerSecond: v.optional(whole(1, 10_000), 50),
      burst: v.optional(whole(1, 100_000), 2000),
    }),
    {},
  ),
  guard: v.optional(
    fields({
      refusals: v.optional(whole(1, 100_000), 20),
      timesUsual: v.optional(whole(1, 1000), 10),
    }),
    {},
  ),
  logRetentionDays: v.optional(oneOf(retentionDays, `one of ${retentionDays.join(', ')}`), 30),
});

export type Settings = v.InferOutput<typeof settingsSchema>;
export type AppSettings = Settings['apps'][string];
