import { Agent } from 'node:https';
import { SignJWT } from 'jose';
import type { GoogleCredentials } from './credentials.ts';
import { credentialsRefused, expired, googleVerdict, unanswered, type Verdict } from './failures.ts';
import { type FcmRequest, sendBody } from './fcm-message.ts';
import { post } from './https-post.ts';
import { asObject, parseObject } from './json.ts';
import { createLanes } from './lanes.ts';
import type { Sender, SenderOptions } from './sender.ts';
import { isExpired, type Lifetime, remainingSeconds } from './ttl.ts';

/** As many requests at once as one application makes, each on a connection that is kept. */
const mostConnections = 64;
const scope = 'https://www.googleapis.com/auth/firebase.messaging';
/** An access token is renewed this long before it ends, so that none ends on its way. */
const renewalMs = 60_000;

type AccessToken = { token: string; endsAt: number } | { failure: Verdict };

/** What went wrong: FcmError's `errorCode`, else the error's `status` (Firebase, FCM error codes). */
const errorCodeOf = (body: string): string | undefined => {
  const error = asObject(parseObject(body)?.['error']);
  const details: unknown[] = Array.isArray(error?.['details']) ? error['details'] : [];
  const codes = details.map((detail) => asObject(detail)?.['errorCode']);
  return [...codes, error?.['status']].find((code) => typeof code === 'string');
};

/** Pushes of one application to FCM (Firebase, HTTP v1 API), authorized by OAuth 2.0 (RFC 7523). */
export const createGoogleSender = (
  { projectId, clientEmail, privateKeyId, privateKey, tokenUri }: GoogleCredentials,
  { url, ca, now, requestTimeoutMs: timeoutMs }: SenderOptions,
): Sender<FcmRequest> => {
  const agent = new Agent({ keepAlive: true, ca, maxSockets: mostConnections });
  const inLane = createLanes(mostConnections);
  let access: Promise<AccessToken> | undefined;

  const requestAccess = async (): Promise<AccessToken> => {
    const issuedAt = Math.floor(now() / 1000);
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: privateKeyId })
      .setIssuer(clientEmail)
      .setAudience(tokenUri)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + 3600)
      .sign(privateKey);
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
    const answer = await post({
      url: tokenUri,
      agent,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(grant).toString(),
      timeoutMs,
    });
    if (!answer || answer.status === 429 || answer.status >= 500) return { failure: unanswered };
    const { access_token: token, expires_in: seconds } = parseObject(answer.body) ?? {};
    if (answer.status !== 200 || typeof token !== 'string' || typeof seconds !== 'number') {
      return { failure: credentialsRefused };
    }
    return { token, endsAt: now() + seconds * 1000 - renewalMs };
  };

  /** Whoever finds it stale first asks for a new one; the others wait for the same answer. */
  const renewed = (stale: Promise<AccessToken> | undefined): Promise<AccessToken> => {
    if (access === undefined || access === stale) access = requestAccess();
    return access;
  };

  const accessToken = async (): Promise<AccessToken> => {
    const asked = access;
    const known = await asked;
    return known && 'token' in known && now() < known.endsAt ? known : renewed(asked);
  };

  const attempt = async (request: FcmRequest, token: string, lifetime: Lifetime): Promise<Verdict> => {
    const authorized = await accessToken();
    if ('failure' in authorized) return authorized.failure;
    if (isExpired(lifetime, now())) return expired;
    const answer = await post({
      url: `${url}/v1/projects/${projectId}/messages:send`,
      agent,
      headers: { authorization: `Bearer ${authorized.token}`, 'content-type': 'application/json' },
      body: sendBody(request, token, remainingSeconds(lifetime, now())),
      timeoutMs,
    });
    if (!answer) return unanswered;
    const code = errorCodeOf(answer.body);
    if (code === 'UNAUTHENTICATED') access = undefined;
    return googleVerdict(answer.status, code);
  };

  return {
    send: (request, token, lifetime) =>
      inLane(async () => {
        const verdict = await attempt(request, token, lifetime);
        // An access token may have been revoked before its time: one new one is asked for.
        return verdict === credentialsRefused ? attempt(request, token, lifetime) : verdict;
      }),
    close: () => agent.destroy(),
  };
};
