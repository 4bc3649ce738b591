import type { AppleEnvironment, Platform, PushReason } from './contract.ts';

/** Names one row: this line of the app behind this token, at this PBX. */
export type RegistrationKey = { tokenHash: string; pbxId: string; line: number };

/** An app's credentials at a provider: what SNS calls a platform application. */
export type Application = { app: string; platform: Platform; environment: AppleEnvironment };

/** One that Amazon SNS serves: there a push goes to an endpoint, which SNS makes of a token. */
export type SnsApplication = Application & { platform: 'fcm' | 'apns' | 'apns-voip' };

/** Whom pushes to a platform are handed to: to Huawei and push services they go from here. */
export const wayOut = {
  fcm: 'sns',
  apns: 'sns',
  'apns-voip': 'sns',
  hms: 'huawei',
  webpush: 'web-push',
} as const satisfies Record<Platform, string>;

/** Whether pushes go through SNS, to an endpoint of it; else they go to the token itself. */
export const hasEndpoints = <A extends Application>(application: A): application is A & SnsApplication =>
  wayOut[application.platform] === 'sns';

/** This line of the app behind this token is this extension, at this PBX. Times are epoch milliseconds. */
export type Registration = RegistrationKey &
  Application & {
    token: string;
    extension: string;
    deviceId?: string;
    deviceName?: string;
    callAlerts?: boolean;
    harmonyOs?: boolean;
    /** When the phone last vouched for this token. Every conditional write names the one that it read. */
    registeredAt: number;
    /** When the line was last claimed for its extension. Differs from registeredAt after an update. */
    claimedAt: number;
    /** The row is dead from here on; DynamoDB removes it days later. */
    expiresAt: number;
    endpointArn?: string;
    /** When SNS was last asked to enable the endpoint. */
    verifiedAt?: number;
    /** Set once a provider has refused the token. */
    disabledAt?: number;
    disabledReason?: PushReason;
  };

export const keyOf = ({ tokenHash, pbxId, line }: RegistrationKey): RegistrationKey => ({
  tokenHash,
  pbxId,
  line,
});

/** Apple alone has a sandbox: elsewhere one application serves both. */
export const hasSandbox = (platform: Platform): boolean => platform === 'apns' || platform === 'apns-voip';

export const isOfSameApplication = (a: Application, b: Application): boolean =>
  a.app === b.app &&
  a.platform === b.platform &&
  (!hasSandbox(a.platform) || a.environment === b.environment);

export const isLive = (registration: Registration, now: number): boolean => registration.expiresAt > now;

export const isDisabled = (registration: Registration): boolean => registration.disabledAt !== undefined;
