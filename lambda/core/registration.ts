import type { AppleEnvironment, Platform, PushReason } from './contract.ts';

/** Names one row: this line of the app behind this token, at this PBX. */
export type RegistrationKey = { tokenHash: string; pbxId: string; line: number };

/** An app's credentials at a provider: what SNS calls a platform application. */
export type Application = { app: string; platform: Platform; environment: AppleEnvironment };

/** This line of the app behind this token is this extension, at this PBX. Times are epoch milliseconds. */
export type Registration = RegistrationKey &
  Application & {
    token: string;
    extension: string;
    deviceId?: string;
    deviceName?: string;
    callAlerts?: boolean;
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

/** Google has no sandbox: one application serves both. */
export const isOfSameApplication = (a: Application, b: Application): boolean =>
  a.app === b.app && a.platform === b.platform && (a.platform === 'fcm' || a.environment === b.environment);

export const isLive = (registration: Registration, now: number): boolean => registration.expiresAt > now;

export const isDisabled = (registration: Registration): boolean => registration.disabledAt !== undefined;
