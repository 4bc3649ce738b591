import { describe, expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { apple, domain, faultsOf, fcm, huawei, least, webPush } from './settings-examples.ts';

const contact =
  'apps.demo.webPush.subject: expected a mailto: or https: address at a public host, whom push services may write to';

const appFaults = (app: unknown) => faultsOf({ ...least, apps: { demo: app } });

test.each(['constructor', 'prototype', '__proto__'])('an app named %s is refused, not lost', (name) => {
  const apps = JSON.parse(`{"demo": ${JSON.stringify({ fcm })}, "${name}": ${JSON.stringify({ fcm })}}`);
  expect(faultsOf({ ...least, apps })).toEqual([`apps: expected no app with the name "${name}"`]);
});

describe('defaults', () => {
  test('a region and one app are enough', () => {
    expect(parseSettings(least)).toEqual({
      stack: 'pns-proxy',
      region: 'eu-west-1',
      apps: {
        demo: { fcm: { ...fcm, secretVersion: 'AWSCURRENT' }, preview: true, missedCalls: false },
      },
      ringSeconds: 30,
      registrationDays: 270,
      registrationsPerExtension: 20,
      deliveryStatus: false,
      keepWarm: false,
      throttle: { ratePerSecond: 1000, burst: 2000 },
      brake: { callsPerSecond: 50, burst: 2000 },
      guard: { refusals: 20, timesUsual: 10 },
      logRetentionDays: 30,
    });
  });

  test('what is set is kept', () => {
    const all = {
      stack: 'wake',
      region: 'us-east-1',
      account: '123456789012',
      domain,
      apps: {
        demo: {
          fcm: { ...fcm, secretVersion: 'AWSPREVIOUS' },
          apple: { ...apple, secretVersion: 'v2' },
          huawei: {
            projectId: huawei.projectId,
            v2: { ...huawei.v2, secretVersion: 'v2' },
            v3: { ...huawei.v3, secretVersion: 'AWSPENDING' },
            voip: true,
          },
          webPush: { ...webPush, secretVersion: 'v3' },
          preview: false,
          missedCalls: true,
        },
      },
      ringSeconds: 45,
      registrationDays: 90,
      registrationsPerExtension: 10,
      tableName: 'wake-restored',
      alarmEmail: 'operator@example.com',
      deliveryStatus: true,
      keepWarm: true,
      provisionedConcurrency: 2,
      reservedConcurrency: 50,
      throttle: { ratePerSecond: 10, burst: 20 },
      brake: { callsPerSecond: 5, burst: 10 },
      guard: { refusals: 5, timesUsual: 3 },
      logRetentionDays: 7,
    };
    expect(parseSettings(all)).toEqual(all);
  });

  test('of an app with Huawei and Web Push', () => {
    const secretVersion = 'AWSCURRENT';
    expect(parseSettings({ ...least, apps: { demo: { huawei, webPush } } }).apps['demo']).toEqual({
      huawei: {
        projectId: huawei.projectId,
        v2: { ...huawei.v2, secretVersion },
        v3: { ...huawei.v3, secretVersion },
        voip: false,
      },
      webPush: { ...webPush, secretVersion },
      preview: true,
      missedCalls: false,
    });
  });

  test.each([
    ['v2 alone', { huawei: { projectId: '1', v2: huawei.v2 } }],
    ['v3 alone', { huawei: { projectId: '1', v3: huawei.v3 } }],
    ['a web page to write to', { webPush: { ...webPush, subject: 'https://example.com/contact?push' } }],
    ['a host of many labels', { webPush: { ...webPush, subject: 'mailto:a.b+c@push.example.co.uk' } }],
  ])('an app may have %s', (_, app) => expect(appFaults(app)).toEqual([]));

  test('keys that start with // are comments, at any depth', () => {
    const commented = { '// region': 'where', ...least, apps: { '//': 1, demo: { '// fcm': {}, fcm } } };
    expect(parseSettings(commented)).toEqual(parseSettings(least));
  });
});

describe('a wrong field is named by its path, with what was expected', () => {
  test.each<[string, unknown, string]>([
    ['stack', 'pns proxy', 'stack: expected a letter, then up to 39 letters, digits and -, got "pns proxy"'],
    ['account', 123456789012, 'account: expected an AWS account id: a text of 12 digits, got 123456789012'],
    [
      'apps',
      {},
      'apps: expected an object with 1 to 30 apps, named by 1 to 32 of a-z, 0-9 and -, got an object',
    ],
    [
      'apps',
      'demo',
      'apps: expected an object with 1 to 30 apps, named by 1 to 32 of a-z, 0-9 and -, got "demo"',
    ],
    ['ringSeconds', 4, 'ringSeconds: expected a whole number from 5 to 120, got 4'],
    ['ringSeconds', 121, 'ringSeconds: expected a whole number from 5 to 120, got 121'],
    ['ringSeconds', '30', 'ringSeconds: expected a whole number from 5 to 120, got "30"'],
    ['registrationDays', 0, 'registrationDays: expected a whole number from 1 to 3650, got 0'],
    [
      'registrationsPerExtension',
      2.5,
      'registrationsPerExtension: expected a whole number from 1 to 100, got 2.5',
    ],
    ['tableName', 'a', 'tableName: expected a table name: 3 to 255 of A-Z, a-z, 0-9, _ . and -, got "a"'],
    ['alarmEmail', 'nobody', 'alarmEmail: expected an e-mail address, got "nobody"'],
    ['keepWarm', 'yes', 'keepWarm: expected true or false, got "yes"'],
    ['provisionedConcurrency', 0, 'provisionedConcurrency: expected a whole number from 1 to 1000, got 0'],
    ['reservedConcurrency', null, 'reservedConcurrency: expected a whole number from 1 to 10000, got null'],
    ['throttle', [5], 'throttle.0: no such field; there are ratePerSecond, burst'],
    [
      'throttle',
      { ratePerSecond: 0 },
      'throttle.ratePerSecond: expected a whole number from 1 to 10000, got 0',
    ],
    ['brake', { burst: -1 }, 'brake.burst: expected a whole number from 1 to 100000, got -1'],
    ['guard', { refusals: 0 }, 'guard.refusals: expected a whole number from 1 to 100000, got 0'],
    [
      'logRetentionDays',
      31,
      'logRetentionDays: expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got 31',
    ],
    [
      'domain',
      { ...domain, name: 'Push.example.com' },
      'domain.name: expected a host name in lower case, got "Push.example.com"',
    ],
    [
      'domain',
      { ...domain, name: 'a.badexample.com' },
      'domain.name: expected a name in the hosted zone, got "a.badexample.com"',
    ],
    [
      'domain',
      { ...domain, hostedZoneId: '/hostedzone/Z1' },
      'domain.hostedZoneId: expected the id of a Route 53 hosted zone: Z and up to 31 of A-Z and 0-9, got "/hostedzone/Z1"',
    ],
    [
      'domain',
      { name: domain.name, hostedZoneId: 'Z1' },
      'domain.hostedZoneName: expected the domain name of the hosted zone, in lower case, without a dot at its end, got nothing',
    ],
  ])('%s: %j', (field, value, fault) => {
    expect(faultsOf({ ...least, [field]: value })).toEqual([fault]);
  });

  test.each<[string, unknown, string]>([
    [
      'no side',
      { preview: false },
      'apps.demo: expected one of "fcm", "apple", "huawei" and "webPush" at least, got an object',
    ],
    ['no object', true, 'apps.demo: expected an object, got true'],
    [
      'short key',
      { apple: { ...apple, keyId: 'abc' } },
      'apps.demo.apple.keyId: expected 10 characters of A-Z and 0-9, got "abc"',
    ],
    [
      'no team',
      { apple: { ...apple, teamId: undefined } },
      'apps.demo.apple.teamId: expected 10 characters of A-Z and 0-9, got nothing',
    ],
    [
      'bundle with a topic',
      { apple: { ...apple, bundleId: 'com/example' } },
      'apps.demo.apple.bundleId: expected a bundle id: 1 to 155 of A-Z, a-z, 0-9, . and -, got "com/example"',
    ],
    [
      'project number',
      { fcm: { ...fcm, projectId: 123456789 } },
      'apps.demo.fcm.projectId: expected a Firebase project id: 6 to 30 of a-z, 0-9 and -, starting with a letter, got 123456789',
    ],
    [
      "secret's ARN",
      { fcm: { ...fcm, secret: 'arn:aws:secretsmanager:x' } },
      'apps.demo.fcm.secret: expected the name of a secret in Secrets Manager (not its ARN), got "arn:aws:secretsmanager:x"',
    ],
    [
      'empty version',
      { fcm: { ...fcm, secretVersion: '' } },
      'apps.demo.fcm.secretVersion: expected a version id or staging label of the secret, got ""',
    ],
    [
      'another platform',
      { fcm, hms: {} },
      'apps.demo.hms: no such field; there are fcm, apple, huawei, webPush, preview, missedCalls',
    ],
    ['a word for a flag', { fcm, preview: 'no' }, 'apps.demo.preview: expected true or false, got "no"'],
    ['a number for one', { fcm, missedCalls: 1 }, 'apps.demo.missedCalls: expected true or false, got 1'],
    [
      'neither of the APIs of Huawei',
      { huawei: { projectId: '1', voip: true } },
      'apps.demo.huawei: expected "v2", "v3" or both, got an object',
    ],
    [
      'a project id that is a number',
      { huawei: { ...huawei, projectId: 388421841221 } },
      'apps.demo.huawei.projectId: expected the project id of the app in AppGallery Connect: a text of digits, got 388421841221',
    ],
    [
      'a package in place of the project',
      { huawei: { ...huawei, projectId: 'com.example.demo' } },
      'apps.demo.huawei.projectId: expected the project id of the app in AppGallery Connect: a text of digits, got "com.example.demo"',
    ],
    [
      'no client',
      { huawei: { ...huawei, v2: { secret: 'x' } } },
      'apps.demo.huawei.v2.clientId: expected the client id of the app in AppGallery Connect: a text of digits, got nothing',
    ],
    [
      'a client secret in the settings',
      { huawei: { ...huawei, v2: { ...huawei.v2, clientSecret: 'x' } } },
      'apps.demo.huawei.v2.clientSecret: no such field; there are clientId, secret, secretVersion',
    ],
    [
      'no secret of v3',
      { huawei: { ...huawei, v3: {} } },
      'apps.demo.huawei.v3.secret: expected the name of a secret in Secrets Manager (not its ARN), got nothing',
    ],
    [
      'a private key in the settings',
      { webPush: { ...webPush, privateKey: 'x' } },
      'apps.demo.webPush.privateKey: no such field; there are subject, publicKey, secret, secretVersion',
    ],
    ['no subject', { webPush: { ...webPush, subject: undefined } }, `${contact}, got nothing`],
    ...[
      ...['push@example.com', 'mailto:push', 'mailto:a@b@example.com', 'mailto:push@localhost', 'mailto:'],
      ...['mailto:push@pns.invalid', 'http://example.com', 'https://localhost/', 'https://127.0.0.1/'],
      ...['https://example .com', 'https://[2001:db8::1]/', 'mailto:push@example.com?subject=x'],
    ].map((subject): [string, unknown, string] => [
      `the subject ${subject}`,
      { webPush: { ...webPush, subject } },
      `${contact}, got "${subject}"`,
    ]),
    ...[
      ['no key', undefined, 'nothing'],
      ['a private key', 'NQaVE3haG4FgPvjBYqY1ecUbedfCaGVbbXFl2ioifdw'],
      ['a compressed point', 'A2MLgkPKZ432MESyI9Hq9FzYVj1UySusAABtR3IXOP4W'],
      ['a key with padding', `${webPush.publicKey}=`, 'a text of 88 characters'],
      ['a point off the curve', `B${'A'.repeat(86)}`, 'a text of 87 characters'],
    ].map(([what, publicKey, got = `"${publicKey}"`]): [string, unknown, string] => [
      `${what} for the public one`,
      { webPush: { ...webPush, publicKey } },
      `apps.demo.webPush.publicKey: expected a VAPID public key: a point on P-256, 87 characters of base64url, got ${got}`,
    ]),
  ])('an app with %s', (_, app, fault) => {
    expect(appFaults(app)).toEqual([fault]);
  });

  test('an app name', () => {
    expect(faultsOf({ ...least, apps: { Demo: { fcm } } })).toEqual([
      'apps.Demo: expected an app name of 1 to 32 of a-z, 0-9 and -, got "Demo"',
    ]);
  });

  test('a field that does not exist', () => {
    expect(faultsOf({ ...least, regoin: 'eu-west-1' })).toEqual([
      expect.stringMatching(/^regoin: no such field; there are stack, region, account, /),
    ]);
  });

  test('what is no object', () => {
    expect(faultsOf('eu-west-1')).toEqual(['expected an object, got "eu-west-1"']);
  });

  test('all faults at once', () => {
    const faults = faultsOf({ region: 'eu-west-1', ringSeconds: 1, apps: { a: { fcm: {} }, b: {} } });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'apps.a.fcm.projectId',
      'apps.a.fcm.secret',
      'apps.b',
      'ringSeconds',
    ]);
  });

  test('a credential pasted in the place of its secret is not repeated', () => {
    const pasted = `-----BEGIN PRIVATE KEY-----\n${'MIGT'.repeat(40)}`;
    const [fault, ...more] = appFaults({ apple: { ...apple, secret: pasted } });
    expect(more).toEqual([]);
    expect(fault).toMatch(/^apps\.demo\.apple\.secret: expected .*, got a text of \d+ characters$/);
  });
});
