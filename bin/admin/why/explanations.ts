import type { PassedOverReason } from '../../../lambda/core/call-log.ts';
import type { ErrorCode, PushReason } from '../../../lambda/core/contract.ts';
import { keptByGuard } from '../../../lambda/core/deliver.ts';

const openTheApp = 'Open the app on the phone once, so that it registers again.';
/** Those, too, that were given up before the fleet guard held. */
const openTheAppUnlessMany = `${openTheApp} Where it is so of many phones of an app, its credential is wrong: see \`pns-admin guard list\`.`;
const askAgain = 'If it goes on';
const withoutCalls =
  'It has registered an apns token alone, which is for messages. See that the app registers its apns-voip token too, or sets `callAlerts`.';
const withoutMessages =
  'It has registered an apns-voip token alone, which is for calls. See that the app registers its apns token too, with the same deviceId.';

/** Why no push was taken for a phone. */
const pushReasons: Readonly<Record<PushReason, string>> = {
  expired:
    'Less than 3 s of the ring window were left. Have the PBX ask earlier, or let the call ring longer.',
  'endpoint-disabled': `SNS had disabled its endpoint, as it does once Apple or Google has refused a token. ${openTheAppUnlessMany}`,
  'token-refused': `Its provider had refused its token: as a rule the app was removed from the phone, or has a new token; a browser has forgotten the page. ${openTheAppUnlessMany}`,
  'invalid-token':
    'Its token is none of its platform, as SNS or pns-proxy found. See that the app registers it with the right platform: apns-voip for the calls of an iPhone, fcm for Android, hms for Huawei, webpush for browsers.',
  'registration-changed':
    'It logged out, or registered again, while it was being pushed to. Nothing need be done.',
  'platform-not-served':
    'Its app, or its platform, is no longer in the settings. Put it back and deploy, or have the phone log out.',
  'application-disabled':
    "Its provider refused the credential of its app, or the app's secret does not hold what the settings name. On fcm, apns and hms put a valid credential in its secret, set its `secretVersion` and deploy: no registration is lost. On webpush never make a new key pair for this: the browser subscribed with another public key, and must subscribe with that of the settings.",
  'invalid-notification':
    'SNS or its provider refused the message, which is a fault of pns-proxy. Report it, with the UUID.',
  'not-authorized':
    "The function may not call SNS, or not read the app's secret, which is a fault of the deployment. Deploy it again.",
  'address-not-public':
    'Its push address is none of the public internet: it must subscribe at a push service that can be reached from there.',
  'no-token-for-calls': withoutCalls,
  'no-token-for-messages': withoutMessages,
  'push-service-refused':
    'Its push service refused the push: as a rule its browser has subscribed with another VAPID public key than that of the settings, and must subscribe with this one. Or what it registered is no address of a push service.',
  'provider-down': `Its provider had answered nothing for some seconds, and was not waited for. ${askAgain}, see the status page of AWS, Huawei or the push service.`,
  throttled: `SNS or its provider took no more requests. ${askAgain}, raise the quota for Publish of the account; on hms, ask Huawei.`,
  unavailable: `SNS, its provider or the table did not answer in time. ${askAgain}, see \`tableError\`, \`tableMs\` and \`pushMs\` in the log of the function, and AWS's Health Dashboard.`,
};

/** Why a phone that had registered was not asked for. */
const passedOver: Readonly<Record<PassedOverReason, string>> = {
  'registration-expired': `Its registration had run out (\`registrationDays\` in the settings). ${openTheApp}`,
  'app-not-allowed':
    'The key that the PBX used is limited to other apps. Make it one of this app: pns-admin keys add.',
  'not-named':
    'The PBX named other phones for this push (`only`), or excepted this one (`except`). Nothing need be done.',
  'no-token-for-calls': withoutCalls,
  'no-token-for-messages': withoutMessages,
};

/** Why SNS could not deliver a push that it had taken: `FailureType` of its event (Amazon SNS developer guide). */
const failureTypes = {
  InvalidPlatformToken: `Apple or Google refused its token: as a rule the app was removed from the phone, or has a new token. ${openTheAppUnlessMany}`,
  EndpointDisabled: `SNS had disabled its endpoint since an earlier push was refused. ${openTheAppUnlessMany}`,
  InvalidNotification:
    "Apple or Google refused the push. See that the FCM API is enabled in the app's Google Cloud project and that its service account may send; if so, the token or the message is wrong.",
  InvalidCredentials:
    'Apple or Google refused the credential of its app. Put a valid credential in its secret, set its `secretVersion` in the settings and deploy: no registration is lost.',
  Throttled:
    "Apple or Google took no more pushes. Look at the quotas of the app's Google Cloud project; where they are not used up, one phone is sent too much.",
  DependencyUnavailable: `Apple or Google could not be reached. ${askAgain}, see their status pages.`,
  UnexpectedFailure: `SNS, Apple or Google failed. ${askAgain}, see their status pages.`,
  DeliveryFailedPerm:
    'SNS gave the push up for good. Set `deliveryStatus` in the settings and deploy: SNS then logs what Apple or Google answers.',
  NotificationTTLExpired:
    'The call had ended before Apple or Google could be asked: SNS, or they, were slow. If it goes on, see their status pages.',
} as const;

/** What was done about the token of a push that was refused, where that changes what is to be done. */
const marks = {
  [keptByGuard]:
    'So many tokens of its app were refused within an hour or a day that the fleet guard gives none of them up: most likely the credential is wrong, of another project, team or environment. See `pns-admin guard list`. Put the right one in its secret, set its `secretVersion` in the settings and deploy, then run `pns-admin registrations enable --app NAME --since TIME`, TIME being when the wrong one was deployed.',
  'registered-since': 'It has registered again since: the next push reaches it. Nothing need be done.',
} as const;

/** Why a whole request was refused. */
const codes = {
  'too-many-calls':
    'The PBX pushed faster than `brake` in the settings allows. Look for a loop of calls or messages there, or allow more.',
  unavailable: `The table did not answer in time. ${askAgain}, see \`errorName\` in the log of the function, and AWS's Health Dashboard.`,
  internal: 'The function failed. See `errorName` and `errorAt` in its log, and report it.',
} as const satisfies Partial<Record<ErrorCode, string>>;

/** What docs/operations.md lists, under the same names. */
export const explanations = { pushReasons, passedOver, failureTypes, marks, codes };

const lookUp =
  (texts: Readonly<Record<string, string>>) =>
  (name: string): string =>
    (Object.hasOwn(texts, name) ? texts[name] : undefined) ??
    'Not known to this pns-admin: a newer one says more.';

/** What a name in the log means and what to do about it, in a sentence or two; of a name that is new here, that it is. */
export const explain = {
  pushReason: lookUp(pushReasons),
  passedOver: lookUp(passedOver),
  failureType: lookUp(failureTypes),
  mark: lookUp(marks),
  code: lookUp(codes),
};
