import { randomBytes } from 'node:crypto';
import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  DeleteEndpointCommand,
  DeletePlatformApplicationCommand,
  GetEndpointAttributesCommand,
  GetPlatformApplicationAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  PublishCommand,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApplication, createEndpoint } from './actions.ts';
import {
  account,
  appleCredential,
  type Cloud,
  googleAccountJson,
  region,
  rsaKey,
  startCloud,
} from './cloud.ts';

const arnOf = (rest: string) => `arn:aws:sns:${region}:${account}:${rest}`;
const missingApplication = arnOf('app/GCM/nobody');
const missingEndpoint = arnOf('endpoint/GCM/phone/c1f76c42-192a-4e75-b04f-a9268ce2abf3');
const newToken = () => randomBytes(16).toString('hex');

let cloud: Cloud;
let application: string;
let voip: string;
beforeAll(async () => {
  cloud = await startCloud();
  application = await createApplication(cloud, 'GCM');
  voip = await createApplication(cloud, 'APNS_VOIP');
});
afterAll(() => cloud.close());

type Refusal = { name: string; status: number; message: string };
const refused = (status: number, name: string, message: string): Refusal => ({ status, name, message });
const invalid = (message: string) =>
  refused(400, 'InvalidParameterException', `Invalid parameter: ${message}`);
const invalidCredentials = invalid('Attributes Reason: Platform credentials are invalid');
const noAttributes = refused(
  400,
  'ValidationError',
  "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be null",
);
const noApplication = refused(404, 'NotFoundException', 'PlatformApplication does not exist');
const noEndpoint = refused(404, 'NotFoundException', 'Endpoint does not exist');

const refusalOf = async (answer: Promise<unknown>): Promise<Refusal> => {
  const error: unknown = await answer.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || !('$metadata' in error)) throw new Error('it was not refused by SNS');
  const { $metadata: metadata } = error;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode)
      : 0;
  return { status, name: error.name, message: error.message };
};

const createApp = (Name: string, Platform: string, Attributes: Record<string, string> | undefined) =>
  cloud.client.send(new CreatePlatformApplicationCommand({ Name, Platform, Attributes }));
const createEnd = (Token: string, Attributes?: Record<string, string>, CustomUserData?: string) =>
  cloud.client.send(
    new CreatePlatformEndpointCommand({
      PlatformApplicationArn: application,
      Token,
      Attributes,
      CustomUserData,
    }),
  );
const getEnd = (EndpointArn: string) => cloud.client.send(new GetEndpointAttributesCommand({ EndpointArn }));
const setEnd = (EndpointArn: string, Attributes: Record<string, string>) =>
  cloud.client.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes }));
const getApp = (arn: string) =>
  cloud.client.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn }));
const setApp = (arn: string, Attributes: Record<string, string>) =>
  cloud.client.send(new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn, Attributes }));

const withoutField = (name: string) => {
  const { [name]: _, ...rest }: Record<string, unknown> = googleAccountJson(cloud.tokenUri);
  return { PlatformCredential: JSON.stringify(rest) };
};
const withoutAttribute = (name: string) => {
  const { [name]: _, ...rest }: Record<string, string> = appleCredential;
  return rest;
};

describe('what SNS refuses', () => {
  const rows: [string, () => Promise<unknown>, Refusal][] = [
    ['an application without attributes', () => createApp('a', 'GCM', undefined), noAttributes],
    [
      'an unknown platform',
      () => createApp('a', 'AAA', { A: 'b' }),
      invalid('Platform Reason: AAA is not supported'),
    ],
    [
      'an empty name',
      () => createApp('', 'GCM', cloud.googleCredential),
      invalid(' Reason: cannot be empty'),
    ],
    [
      'a name of 257 characters',
      () => createApp('a'.repeat(257), 'GCM', cloud.googleCredential),
      invalid(`${'a'.repeat(257)} Reason: must be at most 256 characters long`),
    ],
    [
      'a name with other characters',
      () => createApp('@name', 'GCM', cloud.googleCredential),
      invalid("@name Reason: must contain only characters 'a'-'z', 'A'-'Z', '0'-'9', '_', '-', and '.'"),
    ],
    [
      'a principal without a credential',
      () => createApp('a', 'APNS', { PlatformPrincipal: 'KEY1234567' }),
      invalid('Attributes Reason: PlatformPrincipal attribute provided without PlatformCredential'),
    ],
    [
      'a legacy server key',
      () => createApp('a', 'GCM', { PlatformCredential: 'AIzaSy' }),
      invalidCredentials,
    ],
    [
      'an account without its project',
      () => createApp('a', 'GCM', withoutField('project_id')),
      invalidCredentials,
    ],
    [
      'an account without its key',
      () => createApp('a', 'GCM', withoutField('private_key')),
      invalidCredentials,
    ],
    [
      'an account without its address',
      () => createApp('a', 'GCM', withoutField('client_email')),
      invalidCredentials,
    ],
    [
      'an Apple key without its ID',
      () => createApp('a', 'APNS', withoutAttribute('PlatformPrincipal')),
      invalidCredentials,
    ],
    [
      'an Apple key without its team',
      () => createApp('a', 'APNS_VOIP', withoutAttribute('ApplePlatformTeamID')),
      invalidCredentials,
    ],
    [
      'an Apple key without its bundle',
      () => createApp('a', 'APNS_SANDBOX', withoutAttribute('ApplePlatformBundleID')),
      invalidCredentials,
    ],
    [
      'a bundle that is no bundle ID',
      () => createApp('a', 'APNS', { ...appleCredential, ApplePlatformBundleID: 'com.example\n' }),
      invalidCredentials,
    ],
    [
      'an Apple key that is RSA',
      () => createApp('a', 'APNS', { ...appleCredential, PlatformCredential: String(rsaKey) }),
      invalidCredentials,
    ],
    [
      'an unknown attribute of an application',
      () => createApp('a', 'APNS', { ...appleCredential, Colour: 'red' }),
      invalid('Attributes Reason: Invalid attribute name: Colour'),
    ],
    [
      'a wrong credential set on an application',
      () => setApp(application, { PlatformCredential: 'x' }),
      invalidCredentials,
    ],
    ['reading a missing application', () => getApp(missingApplication), noApplication],
    ['setting a missing application', () => setApp(missingApplication, { Enabled: 'true' }), noApplication],
    [
      'an endpoint of a missing application',
      () =>
        cloud.client.send(
          new CreatePlatformEndpointCommand({ PlatformApplicationArn: missingApplication, Token: 't' }),
        ),
      noApplication,
    ],
    [
      'endpoints of a missing application',
      () =>
        cloud.client.send(
          new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: missingApplication }),
        ),
      noApplication,
    ],
    [
      'an unknown attribute of an endpoint',
      () => createEnd('t', { Colour: 'red' }),
      invalid('Attributes Reason: Invalid attribute name: Colour'),
    ],
    [
      'user data over 2048 bytes',
      () => createEnd('t', undefined, 'é'.repeat(1025)),
      invalid(
        'Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding',
      ),
    ],
    [
      'a token over 8192 bytes',
      () => createEnd('t'.repeat(8193)),
      invalid('Token Reason: must be at most 8192 bytes long in UTF-8 encoding'),
    ],
    ...['z'.repeat(64), 'a'.repeat(401)].map((token): [string, () => Promise<unknown>, Refusal] => [
      `an iOS token of ${token.length} ${token.charAt(0)}`,
      () => createEndpoint(cloud.client, voip, token),
      invalid('Token Reason: iOS device tokens must be no more than 400 hexadecimal characters'),
    ]),
    ['reading a missing endpoint', () => getEnd(missingEndpoint), noEndpoint],
    ['setting a missing endpoint', () => setEnd(missingEndpoint, { Enabled: 'true' }), noEndpoint],
    [
      'a malformed endpoint ARN',
      () => getEnd(arnOf('endpoint/GCM/phone')),
      invalid('EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.'),
    ],
    [
      'what is no ARN',
      () => getEnd('a-fake-arn'),
      invalid('EndpointArn Reason: An ARN must have at least 6 elements, not 1'),
    ],
    [
      "another account's endpoint",
      () => getEnd(missingEndpoint.replace(account, '111111111111')),
      refused(
        403,
        'AuthorizationErrorException',
        `User: arn:aws:iam::${account}:root is not authorized to perform: SNS:GetEndpointAttributes on resource: arn:aws:sns:${region}:111111111111:app/GCM/phone`,
      ),
    ],
    [
      'publishing to a missing endpoint',
      () => cloud.client.send(new PublishCommand({ TargetArn: missingEndpoint, Message: 'm' })),
      invalid('TargetArn Reason: No endpoint found for the target arn specified'),
    ],
  ];
  it.each(rows)('%s', async (_, request, refusal) => {
    expect(await refusalOf(request())).toEqual(refusal);
  });

  it('an action that is not of mobile push', async () => {
    const answer = await fetch(cloud.sns.url, { method: 'POST', body: 'Action=CreateTopic&Name=t' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('<Type>Sender</Type><Code>InvalidAction</Code>');
  });
});

describe('a platform application', () => {
  it('is named by its platform and name, and read without its credentials', async () => {
    expect(voip).toBe(arnOf('app/APNS_VOIP/phone'));
    const { Attributes } = await getApp(voip);
    expect(Attributes).toMatchObject({ Enabled: 'true', ApplePlatformTeamID: 'TEAM123456' });
    const { PlatformApplications } = await cloud.client.send(new ListPlatformApplicationsCommand({}));
    expect(PlatformApplications?.map(({ PlatformApplicationArn: arn }) => arn)).toContain(voip);
    const read = JSON.stringify([Attributes, PlatformApplications]);
    expect(read).not.toMatch(/PlatformCredential|PlatformPrincipal|PRIVATE KEY|KEY1234567/);
  });

  it('is the same when it is made again with the same attributes, and refused with others', async () => {
    expect(await createApplication(cloud, 'APNS_VOIP')).toBe(voip);
    const other = createApplication(cloud, 'APNS_VOIP', { ApplePlatformBundleID: 'com.example.other' });
    expect(await refusalOf(other)).toMatchObject({ status: 400, name: 'InvalidParameterException' });
    expect((await getApp(voip)).Attributes?.['ApplePlatformBundleID']).toBe('com.example.phone');
  });

  it('takes its endpoints with it, and may be deleted again', async () => {
    const arn = await createApplication(cloud, 'APNS', {}, 'gone');
    const endpoint = await createEndpoint(cloud.client, arn, 'ab'.repeat(32));
    const remove = new DeletePlatformApplicationCommand({ PlatformApplicationArn: arn });
    await cloud.client.send(remove);
    await cloud.client.send(remove);
    expect(await refusalOf(getEnd(endpoint))).toEqual(noEndpoint);
  });
});

describe('an endpoint', () => {
  it('is one for an application and token, whoever makes it', async () => {
    const token = newToken();
    const { EndpointArn: arn = '' } = await createEnd(token);
    expect(arn).toMatch(new RegExp(`^${arnOf('endpoint/GCM/phone/')}[0-9a-f-]{36}$`));
    expect((await createEnd(token, { Enabled: 'true' })).EndpointArn).toBe(arn);
    expect(await createEndpoint(cloud.client, voip, token)).not.toBe(arn);
    expect((await getEnd(arn)).Attributes).toEqual({ Enabled: 'true', Token: token });
  });

  it.each<[string, Record<string, string> | undefined, string | undefined]>([
    ['Enabled', { Enabled: 'false' }, undefined],
    ['user data', undefined, 'other'],
    ['user data among the attributes', { CustomUserData: 'other' }, undefined],
  ])('is refused with the same token and other %s', async (_, attributes, userData) => {
    const token = newToken();
    const { EndpointArn: arn = '' } = await createEnd(token);
    expect(await refusalOf(createEnd(token, attributes, userData))).toEqual(
      invalid(`Token Reason: Endpoint ${arn} already exists with the same Token, but different attributes.`),
    );
    expect((await getEnd(arn)).Attributes).toEqual({ Enabled: 'true', Token: token });
  });

  it('is not enabled by making it again', async () => {
    const token = newToken();
    const { EndpointArn: arn = '' } = await createEnd(token, { Enabled: 'false' });
    expect((await createEnd(token, { Enabled: 'false' })).EndpointArn).toBe(arn);
    expect((await createEnd(token)).EndpointArn).toBe(arn);
    expect(await refusalOf(createEnd(token, { Enabled: 'true' }))).toMatchObject({ status: 400 });
    expect((await getEnd(arn)).Attributes?.['Enabled']).toBe('false');
  });

  it('keeps an iOS token in lower case, and finds it in either', async () => {
    const arn = await createEndpoint(cloud.client, voip, 'AB'.repeat(32));
    expect(await createEndpoint(cloud.client, voip, 'ab'.repeat(32))).toBe(arn);
    expect((await getEnd(arn)).Attributes?.['Token']).toBe('ab'.repeat(32));
  });

  it("may be set anew, but not to another's token", async () => {
    const { EndpointArn: arn = '' } = await createEnd(newToken());
    const { EndpointArn: other = '' } = await createEnd('taken');
    const userData = 'a <b> & "c"\r\n\u0001';
    await setEnd(arn, { CustomUserData: userData, Enabled: 'false', Token: 'renewed' });
    expect((await getEnd(arn)).Attributes).toEqual({
      CustomUserData: userData,
      Enabled: 'false',
      Token: 'renewed',
    });
    expect((await refusalOf(setEnd(arn, { Token: 'taken' }))).message).toContain(other);
  });

  it('may be deleted again', async () => {
    const { EndpointArn } = await createEnd(newToken());
    await cloud.client.send(new DeleteEndpointCommand({ EndpointArn }));
    await cloud.client.send(new DeleteEndpointCommand({ EndpointArn }));
    expect(await refusalOf(getEnd(EndpointArn ?? ''))).toEqual(noEndpoint);
  });

  it('is listed once, 100 a page', async () => {
    const arn = await createApplication(cloud, 'GCM', {}, 'many');
    const made = await Promise.all(
      Array.from({ length: 205 }, (_, n) => createEndpoint(cloud.client, arn, `token-${n}`)),
    );
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const { Endpoints = [], NextToken } = await cloud.client.send(
        new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: arn, NextToken: next }),
      );
      pages.push(Endpoints.map(({ EndpointArn = '' }) => EndpointArn));
      next = NextToken;
    } while (next !== undefined);
    expect(pages.map(({ length }) => length)).toEqual([100, 100, 5]);
    expect(new Set(pages.flat())).toEqual(new Set(made));
  });
});

describe("an application's topics", () => {
  it('hear of its endpoints, and nothing else does', async () => {
    const topics = ['EndpointCreated', 'EndpointUpdated', 'EndpointDeleted'];
    const attributes = Object.fromEntries(topics.map((type) => [`Event${type}`, arnOf(type)]));
    const arn = await createApplication(cloud, 'GCM', attributes, 'watched');
    const endpoint = await createEndpoint(cloud.client, arn, 'watched-token');
    await createEndpoint(cloud.client, arn, 'watched-token');
    await setEnd(endpoint, { Enabled: 'false' });
    await cloud.client.send(new DeleteEndpointCommand({ EndpointArn: endpoint }));
    await cloud.client.send(new DeleteEndpointCommand({ EndpointArn: endpoint }));
    const heard = cloud.events.map(({ topicArn, body }) => [
      topicArn,
      body['EventType'],
      body['EndpointArn'],
    ]);
    expect(heard).toEqual(topics.map((type) => [arnOf(type), type, endpoint]));
    expect(JSON.stringify(cloud.events)).not.toContain('watched-token');
  });

  it('must be topics', async () => {
    const made = createApplication(cloud, 'GCM', { EventDeliveryFailure: 'failures' }, 'deaf');
    expect((await refusalOf(made)).message).toContain('Invalid value for attribute: EventDeliveryFailure');
  });
});

describe('SNS as a whole', () => {
  it.each([
    ['Throttled', 429, 'ThrottledException'],
    ['InternalError', 500, 'InternalErrorException'],
    ['AuthorizationError', 403, 'AuthorizationErrorException'],
  ] as const)('answers %s where it is told to', async (code, status, name) => {
    const failing = await startCloud({
      refuse: (action) => (action === 'CreatePlatformEndpoint' ? code : undefined),
    });
    try {
      const arn = await createApplication(failing, 'GCM');
      expect(await refusalOf(createEndpoint(failing.client, arn, 't'))).toMatchObject({ status, name });
    } finally {
      await failing.close();
    }
  });
});
