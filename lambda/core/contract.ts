/**
 * The wire contract of the push2 endpoint: what a PBX sends and what it gets back, as JSON.
 * `docs/openapi.yaml` describes the same for people, and a test holds the two together.
 */

/**
 * How a push reaches a phone. An iPhone has two tokens: `apns-voip` for calls, `apns` for everything else. `hms` is
 * Huawei's Push Kit; `webpush` is RFC 8030, for browsers and for the push service of a UnifiedPush phone.
 */
export const platforms = ['fcm', 'apns', 'apns-voip', 'hms', 'webpush'] as const;
export type Platform = (typeof platforms)[number];

/** Which of Apple's two services a token belongs to: `sandbox` for builds run from Xcode. */
export const environments = ['production', 'sandbox'] as const;
export type AppleEnvironment = (typeof environments)[number];

export type RegisterRequest = {
  /** 1 to 64 of `A-Z a-z 0-9 . _ * + @ -`, as everywhere. */
  extension: string;
  /**
   * 1 to 4,096 printable ASCII characters without a space; on an Apple platform 32 to 400 hex digits, on fcm and hms more than hex digits.
   * On webpush the JSON text of a PushSubscription (W3C Push API), which may have spaces: `{"endpoint":"https://…","keys":{"p256dh":"…","auth":"…"}}`.
   */
  token: string;
  platform: Platform;
  /** May be left out where the deployment has one app. */
  app?: string;
  /** @default 'production' */
  environment?: AppleEnvironment;
  /** Which account of an app that is logged in to several: 1 to 99. @default 1 */
  line?: number;
  /**
   * Ties an iPhone's two tokens together; required with `apns`, unless `callAlerts` is true. 1 to 64 of
   * `A-Z a-z 0-9 . _ : @ + -`.
   */
  deviceId?: string;
  /** 1 to 64 characters, for people. */
  deviceName?: string;
  /** This phone gets calls as alerts on its `apns` token. @default false */
  callAlerts?: boolean;
  /** The `hms` token is of HarmonyOS 5 or later, which has an API of its own at Huawei. @default false */
  harmonyOs?: boolean;
};

export type RegisterResult = {
  status: 'created' | 'refreshed' | 'moved';
  /** Phones of the extension, this one counted. */
  devices: number;
};

export type PushCallRequest = {
  to: string;
  /** The caller's number, 128 characters at most; absent where it is withheld. */
  from?: string;
  /** 1,000 characters at most. Cut where it is too long for a push. */
  fromName?: string;
  /** Names one ring attempt. Without it, it is derived from `callId`; without both, made anew. */
  uuid?: string;
  /** The SIP Call-ID, 255 characters at most. */
  callId?: string;
  /**
   * Seconds that the call will still ring when the request is sent: 0 to 300. With less than 3 nothing is pushed.
   *
   * @default the deployment's, 30; the client library sends 30
   */
  ringSeconds?: number;
  /** Wakes these phones alone, named by deviceId or fingerprint as `phones` names them; 20 at most. */
  only?: string[];
  /** Marks the push as somebody's test: the payload says so, and the app may tell the user. @default false */
  test?: boolean;
};

/** Why a phone need not ring any longer. */
export const cancelReasons = ['answered_elsewhere', 'caller_hung_up', 'timed_out', 'declined'] as const;
export type CancelReason = (typeof cancelReasons)[number];

export type PushCancelRequest = {
  to: string;
  /** The call's; or its `callId`, if it was pushed without one. */
  uuid?: string;
  callId?: string;
  reason: CancelReason;
  /** Who called, as in push_call: for apps whose settings show a missed call. */
  from?: string;
  fromName?: string;
  /** Tells these phones alone, named by deviceId or fingerprint as `phones` names them; 20 at most. */
  only?: string[];
  /** Tells all phones but these; 20 at most. Not beside `only`. */
  except?: string[];
};

export const messageKinds = ['message', 'voicemail', 'missed_call'] as const;
export type MessageKind = (typeof messageKinds)[number];

export type PushMessageRequest = {
  to: string;
  /** The sender's number, 128 characters at most; empty where it is withheld. With `to` it names the conversation. */
  from: string;
  /** 1,000 characters at most. */
  fromName?: string;
  kind: MessageKind;
  /** 10,000 characters at most. Cut where it is too long for a push. */
  text?: string;
  /** Names the message, so that a repeat shows once: 1 to 255 characters. */
  messageId?: string;
  /** What the app's icon shows from now on: 0 to 99,999. */
  badge?: number;
};

export type PhoneOutcome = {
  deviceId?: string;
  /** The first 8 hex digits of the token's hash; given where there is no deviceId. */
  fingerprint?: string;
  platform: Platform;
  accepted: boolean;
  /** Why no push was taken; there where `accepted` is false, as is `retryable`. */
  reason?: PushReason;
  /** Whether the same request may succeed if it is sent again. */
  retryable?: boolean;
};

export type PushResult = {
  /** How many phones can be reached by this kind of push. */
  devices: number;
  /** For how many of them a push was taken. */
  accepted: number;
  uuid: string;
  /**
   * One for each of `devices`, then one for each phone that is not reached since its tokens were refused, or since none
   * of them is for this kind of push.
   */
  phones: PhoneOutcome[];
};

export type UpdateRequest = { oldToken: string; newToken: string };
/** `updated`: how many registrations carry the new token now. */
export type UpdateResult = { updated: number };

export type DeleteRequest =
  | { token: string; line?: number }
  | { extension: string; deviceId?: string; fingerprint?: string };
export type DeleteResult = { deleted: number };

export type Device = {
  fingerprint: string;
  deviceId?: string;
  deviceName?: string;
  platform: Platform;
  app: string;
  environment: AppleEnvironment;
  line: number;
  callAlerts?: boolean;
  harmonyOs?: boolean;
  /** ISO 8601. */
  registeredAt: string;
  expiresAt: string;
  /** Set where a provider has refused the token: this phone is not woken until it registers again. */
  disabledAt?: string;
  disabledReason?: PushReason;
};
export type DevicesResult = { extension: string; devices: Device[] };

/** Why no push was taken for a phone, and whether the same request may succeed if it is sent again. */
export const pushReasons = {
  /** Too little of the ring window was left. */
  expired: { retryable: false },
  /** SNS has disabled the endpoint, as it does once Apple or Google refused its token: the phone must register again. */
  'endpoint-disabled': { retryable: false },
  /** The provider refused the token, of Apple's and Google's as SNS reported afterwards: the phone must register again. */
  'token-refused': { retryable: false },
  /** The token is none of its platform, as SNS or the endpoint itself found. */
  'invalid-token': { retryable: false },
  /** The phone logged out, or registered again, while the call was being pushed. */
  'registration-changed': { retryable: true },
  /** The app, or its platform, is no longer in the settings of the deployment. */
  'platform-not-served': { retryable: false },
  /** The app's credential is missing or was refused, or its platform application is gone: an operator must act. */
  'application-disabled': { retryable: false },
  /** SNS or the provider refused the message: a fault of pns-proxy. */
  'invalid-notification': { retryable: false },
  /** The function may not call SNS, or not read the app's secret: a fault of the deployment. */
  'not-authorized': { retryable: false },
  /** The push address is none of the public internet: it must subscribe at a push service that can be reached from there. */
  'address-not-public': { retryable: false },
  /** An iPhone of which there is a token for messages alone. */
  'no-token-for-calls': { retryable: false },
  /** An iPhone of which there is a token for calls alone: it takes nothing else. */
  'no-token-for-messages': { retryable: false },
  /** A browser's push service refused the push: as a rule the browser has subscribed with another VAPID key. */
  'push-service-refused': { retryable: false },
  /** The provider has failed for a while, and is asked again in a moment. */
  'provider-down': { retryable: true },
  throttled: { retryable: true },
  unavailable: { retryable: true },
} as const satisfies Record<string, { retryable: boolean }>;
export type PushReason = keyof typeof pushReasons;

/** Every error that an operation ends in. `lambda/http` maps each to a status; docs/openapi.yaml lists them. */
export const errorCodes = [
  'invalid-json',
  'invalid-request',
  'invalid-token',
  'unknown-app',
  'platform-not-served',
  'app-not-allowed',
  'unknown-token',
  'body-too-large',
  'too-many-calls',
  'unavailable',
  'internal',
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** What is wrong with one field of a request; `path` is '' where it is the whole. */
export type Complaint = { path: string; expected: string };

/** The body of every error that the functions answer (RFC 9457). API Gateway's own answers are `{"message"}`. */
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail?: string;
  retryable: boolean;
  requestId: string;
  /** What is wrong with the request, and where. */
  errors?: Complaint[];
};
