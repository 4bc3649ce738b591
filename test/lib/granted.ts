/** What the settings of a deployment name. */
export type Named = {
  /** `GCM/pns-demo`: platform and name of each platform application. */
  applications: readonly string[];
  /** Of Apple and Google. */
  secrets: readonly string[];
  /** Of Huawei and Web Push. @default - none */
  directSecrets?: readonly string[];
  /** With `deliveryStatus`. */
  deliveryStatus?: true;
  /** Of every ARN, as in `aws:sns:eu-west-1:123456789012`. */
  partition?: string;
  region?: string;
};

/** Each of these actions on each of these resources, under this condition. */
export type Grant = { actions: readonly string[]; resources: readonly string[]; condition?: object };

const account = '123456789012';
const table = '<Table.Arn>';
const allow = (actions: string | readonly string[], resources: string | readonly string[]): Grant => ({
  actions: [actions].flat(),
  resources: [resources].flat(),
});
const on = (keys: string, actions: string | readonly string[], resource = table): Grant => ({
  ...allow(actions, resource),
  condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
});
const logs = (owner: string) => allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `<${owner}Log.Arn>`);
const byExtension = on('PBX#*', 'dynamodb:Query', `${table}/index/byExtension`);
const send = (queue: string) =>
  allow(['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'], `<${queue}.Arn>`);
const deliveryStatusRole = 'PlatformApplicationsDeliveryStatus';

/** All that each role may do, by its name without what every role's ends with. */
export const granted = (named: Named): Record<string, Grant[]> => {
  const { partition = 'aws', region = 'eu-west-1' } = named;
  const arns = (kind: string, end = '') =>
    named.applications.map((name) => `arn:${partition}:sns:${region}:${account}:${kind}/${name}${end}`);
  const applications = arns('app');
  const andEndpoints = [...applications, ...arns('endpoint', '/*')];
  const read = (secrets: readonly string[]) =>
    allow(
      'secretsmanager:GetSecretValue',
      secrets.map((name) => `arn:${partition}:secretsmanager:${region}:${account}:secret:${name}-??????`),
    );
  const { directSecrets = [] } = named;
  const pushing = (owner: string) => [
    logs(owner),
    byExtension,
    on('TOKEN#*', ['dynamodb:Query', 'dynamodb:UpdateItem']),
    on('GUARD#*', ['dynamodb:Query', 'dynamodb:UpdateItem']),
    allow(
      ['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:Publish', 'sns:SetEndpointAttributes'],
      andEndpoints,
    ),
    read(directSecrets),
  ];
  const provider = (owner: string, handler: string) => [
    logs(owner),
    allow('lambda:InvokeFunction', [`<${handler}Function.Arn>`, `<${handler}Function.Arn>:*`]),
    allow('lambda:GetFunction', `<${handler}Function.Arn>`),
  ];
  const deliveryLogs = named.applications
    .flatMap((name) => [name, `${name}/Failure`])
    .map((name) => `sns/${region}/${account}/app/${name}`);
  return {
    OperationsAuthorize: [logs('OperationsAuthorize'), on('KEY#*', 'dynamodb:GetItem')],
    OperationsRegister: [
      logs('OperationsRegister'),
      on('TOKEN#*', ['dynamodb:DeleteItem', 'dynamodb:Query', 'dynamodb:UpdateItem']),
      byExtension,
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:SetEndpointAttributes'], andEndpoints),
    ],
    OperationsPushCall: pushing('OperationsPushCall'),
    OperationsPushCancel: pushing('OperationsPushCancel'),
    OperationsPushMessage: pushing('OperationsPushMessage'),
    OperationsUpdate: [
      logs('OperationsUpdate'),
      on('TOKEN#*', ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']),
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:SetEndpointAttributes'], andEndpoints),
    ],
    OperationsDelete: [
      logs('OperationsDelete'),
      on('TOKEN#*', ['dynamodb:DeleteItem', 'dynamodb:Query']),
      byExtension,
    ],
    OperationsDevices: [logs('OperationsDevices'), byExtension],
    OperationsHealth: [logs('OperationsHealth')],
    EndpointReleaseReleaseEndpoints: [
      logs('EndpointReleaseReleaseEndpoints'),
      on('TOKEN#*', ['dynamodb:Query', 'dynamodb:UpdateItem']),
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint'], andEndpoints),
      allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        '<Table.StreamArn>',
      ),
      send('EndpointReleaseFailures'),
    ],
    DeliveryFeedback: [
      logs('DeliveryFeedback'),
      on('arn:*:sns:*', 'dynamodb:Query', `${table}/index/byEndpoint`),
      on('TOKEN#*', ['dynamodb:GetItem', 'dynamodb:UpdateItem']),
      on('GUARD#*', ['dynamodb:Query', 'dynamodb:UpdateItem']),
      allow('sns:SetEndpointAttributes', andEndpoints),
      send('DeliveryFeedbackFailures'),
    ],
    PlatformApplicationsMaker: [
      logs('PlatformApplicationsMaker'),
      allow(
        [
          'sns:CreatePlatformApplication',
          'sns:GetPlatformApplicationAttributes',
          'sns:SetPlatformApplicationAttributes',
        ],
        applications,
      ),
      read(named.secrets),
      ...(named.deliveryStatus ? [allow('iam:PassRole', `<${deliveryStatusRole}Role.Arn>`)] : []),
    ],
    PlatformApplicationsProvider: provider('PlatformApplicationsProvider', 'PlatformApplicationsMaker'),
    ...(directSecrets.length > 0 && {
      ProviderCredentialsChecker: [logs('ProviderCredentialsChecker'), read(directSecrets)],
      ProviderCredentialsProvider: provider('ProviderCredentialsProvider', 'ProviderCredentialsChecker'),
    }),
    ...(named.deliveryStatus && {
      [deliveryStatusRole]: [
        allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], deliveryLogs),
      ],
    }),
  };
};

/** Which service may take each role on: Lambda, but for what SNS writes its delivery logs as. */
export const trusted = (role: string): string =>
  role === deliveryStatusRole ? 'sns.amazonaws.com' : 'lambda.amazonaws.com';
