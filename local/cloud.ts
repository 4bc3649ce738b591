import type { readEnvironment } from '../lambda/environment.ts';
import { providerSettings, servedApps } from '../lib/served-apps.ts';
import type { Settings } from '../lib/settings.ts';
import { snsPlatforms } from '../lib/sns-platforms.ts';
import { createApiGateway } from './api-gateway.ts';
import { startApple } from './apple.ts';
import { createCertificate } from './certificate.ts';
import type { Info } from './control.ts';
import { createControl } from './control.ts';
import {
  appleKeys,
  completeKeys,
  googleAccounts,
  huaweiProjects,
  secretsOf,
  withOwnVapidKeys,
} from './credentials.ts';
import type { DataFolder, Kept } from './data-folder.ts';
import { startDynamoDb } from './dynamodb.ts';
import { createEvents } from './events.ts';
import { createFaults } from './faults.ts';
import { openFrontDoor } from './front-door.ts';
import type { Functions, Reach } from './functions.ts';
import { startFunctions } from './functions.ts';
import { startGoogle } from './google.ts';
import { startHuawei } from './huawei.ts';
import { createKeys } from './keys.ts';
import { createLineLog } from './logs.ts';
import type { PushLog } from './pushes.ts';
import { createPushLog } from './pushes.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { startSns } from './sns/server.ts';
import type { WebPushService } from './web-push.ts';
import { startWebPush } from './web-push.ts';

export type LocalCloudOptions = {
  settings: Settings;
  /** Port on 127.0.0.1; 0 takes a free one. */
  port: number;
  /** Keeps data between runs. @default - in memory */
  data?: DataFolder;
  /** Gives where the functions find DynamoDB, SNS and Secrets Manager, from where these are. @default - there */
  reach?: Reach;
  /** Gets each line that a function logs, as Lambda would write it. */
  onLog(line: string): void;
};

export type LocalCloud = {
  info: Info;
  /** What the providers received, and what they do instead. */
  pushes: PushLog;
  faults: ReturnType<typeof createFaults>;
  /** Where SNS is spoken to. */
  snsUrl: string;
  /** Ends the functions in the middle of whatever they do, and starts them anew. */
  crash(): Promise<void>;
  /** Resolves when every push, stream record and event that is under way has been dealt with. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

type StandIns = NonNullable<ReturnType<ReturnType<typeof readEnvironment>['standIns']>>;

const readyPbx = 'pbx-1';
const apiId = 'local';

/**
 * The whole deployment on one machine: the same functions behind the same routes, with stand-ins for AWS,
 * the providers and browsers on free ports of 127.0.0.1.
 */
export const startLocalCloud = async ({
  settings,
  port,
  data,
  reach = async (urls) => urls,
  onLog,
}: LocalCloudOptions): Promise<LocalCloud> => {
  const { region, account = '000000000000', stack, tableName = stack } = settings;
  const kept: Kept = data?.read() ?? { privateKeys: {} };
  const [certificate, privateKeys] = await Promise.all([
    createCertificate(),
    completeKeys(settings.apps, kept.privateKeys),
  ]);
  const apps = withOwnVapidKeys(settings.apps, privateKeys);

  const pushes = createPushLog();
  const logs = createLineLog();
  const log = (line: string): void => {
    logs.add(line);
    onLog(line);
  };
  const faults = createFaults();
  const keys = appleKeys(apps, privateKeys);
  const providers = { certificate, pushes, faults };
  const apple = { ...providers, keys, homes: new Map() };
  const [production, sandbox, google, huawei, webPush] = await Promise.all([
    startApple({ ...apple, environment: 'production' }),
    startApple({ ...apple, environment: 'sandbox' }),
    startGoogle({ ...providers, accounts: googleAccounts(apps, privateKeys) }),
    startHuawei({ ...providers, projects: huaweiProjects(apps, privateKeys) }),
    startWebPush(providers),
  ]);

  let functions: Functions | undefined;
  const events = createEvents(() => {
    if (functions === undefined) throw new Error('the functions are not running');
    return functions;
  }, log);
  const [sns, dynamoDb, secretsManager] = await Promise.all([
    startSns({
      region,
      account,
      apple: { production: production.url, sandbox: sandbox.url },
      google,
      ca: certificate.cert,
      onEvent: events.onTopicMessage,
      ...(data && { file: data.sns }),
    }),
    startDynamoDb({ tableName, onRemoved: events.onRemoved, ...(data && { dir: data.dynamoDb }) }),
    startSecretsManager({ secrets: secretsOf(apps, privateKeys, google.tokenUri) }),
  ]);
  const standIns: StandIns = {
    ca: certificate.cert,
    huawei: { push: huawei.push, oauth: huawei.oauth },
    pushServicePort: webPush.port,
  };
  const reached = await reach({
    dynamoDb: dynamoDb.url,
    sns: sns.url,
    secretsManager: secretsManager.url,
  });
  functions = await startFunctions(
    {
      TABLE_NAME: tableName,
      APPS: JSON.stringify(servedApps(apps)),
      PROVIDERS: JSON.stringify(providerSettings(apps)),
      STAND_INS: JSON.stringify(standIns),
      SNS_ARN: `arn:aws:sns:${region}:${account}`,
      APPLICATION_PREFIX: stack,
      RING_SECONDS: String(settings.ringSeconds),
      REGISTRATION_DAYS: String(settings.registrationDays),
      REGISTRATIONS_PER_EXTENSION: String(settings.registrationsPerExtension),
      CALLS_PER_SECOND: String(settings.brake.callsPerSecond),
      CALLS_BURST: String(settings.brake.burst),
      GUARD_REFUSALS: String(settings.guard.refusals),
      GUARD_TIMES_USUAL: String(settings.guard.timesUsual),
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_DYNAMODB: reached.dynamoDb,
      AWS_ENDPOINT_URL_SNS: reached.sns,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: reached.secretsManager,
    },
    log,
  );
  await makePlatformApplications(functions, settings, `arn:aws:sns:${region}:${account}:${stack}-failures`);

  const keyring = createKeys(dynamoDb.url, region, tableName);
  const key = kept.key ?? (await keyring.add(readyPbx));
  data?.write({ privateKeys, key });

  const api = createApiGateway(functions, apiId);
  const control = createControl({
    apiId,
    info: () => info,
    addKey: keyring.add,
    pushes,
    logs,
    faults,
    resetAuthorizers: api.resetAuthorizers,
    browsers: browsersOf(apps, webPush),
  });
  const door = await openFrontDoor(port, (request, response, url) =>
    url.pathname.startsWith('/_local/')
      ? control(request, response, url)
      : api.handle(request, response, url),
  );
  const aws = {
    region,
    tableName,
    apiId,
    apps: Object.keys(apps),
    registrationDays: settings.registrationDays,
    applications: { arn: `arn:aws:sns:${region}:${account}`, prefix: stack },
    dynamodb: dynamoDb.url,
    sns: sns.url,
    apigateway: `${door.url}/_local/apigateway`,
  };
  const info: Info = { url: door.url, key, apps: Object.keys(apps), aws };

  return {
    info,
    pushes,
    faults,
    snsUrl: sns.url,
    crash: functions.crash,
    idle: async () => {
      await sns.idle();
      await events.idle();
      await dynamoDb.idle();
    },
    close: async () => {
      await door.close();
      // The stream hands over what was removed while the functions still run.
      await dynamoDb.close();
      await functions.close();
      keyring.close();
      await Promise.all([
        sns.close(),
        secretsManager.close(),
        production.close(),
        sandbox.close(),
        google.close(),
        webPush.close(),
        huawei.close(),
      ]);
      data?.release();
    },
  };
};

/** Of each app that has VAPID keys: the app alone may send to its browsers. */
const browsersOf = (apps: Settings['apps'], { subscribe }: WebPushService) =>
  new Map(
    Object.entries(apps).flatMap(([name, { webPush }]) =>
      webPush ? [[name, () => subscribe(webPush.publicKey)] as const] : [],
    ),
  );

/** What the custom resource does at each deployment: applications that are there already are kept. */
const makePlatformApplications = async (
  functions: Functions,
  { apps, stack }: Settings,
  failureTopicArn: string,
): Promise<void> => {
  const creations = Object.entries(apps).flatMap(([name, app]) =>
    snsPlatforms(app).map((platform) => {
      const { secret, secretVersion, ...named } = (platform === 'GCM' ? app.fcm : app.apple) ?? {};
      const ResourceProperties = {
        platform,
        name: `${stack}-${name}`,
        secret,
        secretVersion,
        failureTopicArn,
        ...named,
      };
      return functions.invoke('platform-application', { RequestType: 'Create', ResourceProperties });
    }),
  );
  await Promise.all(creations);
};
