import { SignJWT } from 'jose';
import { createAppleConnection } from './apple-connection.ts';
import type { AppleCredentials } from './credentials.ts';
import { appleVerdict, expired, unanswered, type Verdict } from './failures.ts';
import { parseObject } from './json.ts';
import type { ApplePush } from './publish.ts';
import type { Sender, SenderOptions } from './sender.ts';
import { apnsExpiration, isExpired, type Lifetime } from './ttl.ts';

/**
 * Apple takes a provider token for up to 60 minutes, and a new one of the same key no sooner than after 20
 * (Apple, Establishing a token-based connection to APNs). All applications that share a key, and a process that
 * was started again, issue theirs on the same half hours: to Apple, that is one token.
 */
const tokenStepSeconds = 30 * 60;

const createProviderToken = ({ teamId, keyId, privateKey }: AppleCredentials, now: () => number) => {
  let issued: { at: number; token: Promise<string> } | undefined;
  return (): Promise<string> => {
    const at = Math.floor(now() / 1000 / tokenStepSeconds) * tokenStepSeconds;
    if (issued?.at !== at) {
      const token = new SignJWT()
        .setProtectedHeader({ alg: 'ES256', kid: keyId })
        .setIssuer(teamId)
        .setIssuedAt(at)
        .sign(privateKey);
      issued = { at, token };
    }
    return issued.token;
  };
};

const reasonOf = (body: string): string | undefined => {
  const reason = parseObject(body)?.['reason'];
  return typeof reason === 'string' ? reason : undefined;
};

const headersOf = (push: ApplePush, lifetime: Lifetime, bundleId: string) => ({
  'apns-push-type': push.pushType,
  'apns-topic': push.topic ?? bundleId,
  'apns-priority': push.priority,
  'apns-expiration': String(apnsExpiration(lifetime)),
  ...(push.collapseId !== undefined && { 'apns-collapse-id': push.collapseId }),
});

/** Pushes of one application to APNs (Apple, Sending notification requests to APNs). */
export const createAppleSender = (
  credentials: AppleCredentials,
  { url, ca, now, requestTimeoutMs }: SenderOptions,
): Sender<ApplePush> => {
  const connection = createAppleConnection({ url, ca, requestTimeoutMs });
  const providerToken = createProviderToken(credentials, now);

  return {
    async send(push, token, lifetime): Promise<Verdict> {
      const authorization = `bearer ${await providerToken()}`;
      const answer = await connection.request(() =>
        isExpired(lifetime, now())
          ? undefined
          : {
              headers: {
                ':method': 'POST',
                ':path': `/3/device/${token}`,
                authorization,
                ...headersOf(push, lifetime, credentials.bundleId),
              },
              body: push.body,
            },
      );
      if (answer === 'withdrawn') return expired;
      return answer ? appleVerdict(answer.status, reasonOf(answer.body)) : unanswered;
    },
    close: connection.close,
  };
};
