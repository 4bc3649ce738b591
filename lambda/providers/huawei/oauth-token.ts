import { PushRefusal } from '../../core/ports.ts';
import type { Connections } from '../agent.ts';
import type { Breaker } from '../breaker.ts';
import type { Answer } from '../https-post.ts';
import { httpsPost } from '../https-post.ts';
import type { Token } from './bearer.ts';
import type { Client } from './credentials.ts';

type Options = { oauthUrl: string; connections: Connections; guarded: Breaker; now(): number };

/** A token is not used in the last half minute of its hour. */
const sparedMs = 30_000;

/** All that wait for a token wait for this one request: it ends by itself. */
const post = (client: Client, { oauthUrl, connections }: Options): Promise<Answer> =>
  httpsPost({
    url: `${oauthUrl}/oauth2/v3/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.clientId,
      client_secret: client.clientSecret,
    }).toString(),
    agent: connections.agent(),
  }).catch((error: unknown) => {
    throw new PushRefusal('unavailable', { cause: error });
  });

const grantedIn = (body: string): { token: string; seconds: number } | undefined => {
  try {
    const { access_token: token, expires_in: seconds } = JSON.parse(body);
    return typeof token === 'string' && typeof seconds === 'number' ? { token, seconds } : undefined;
  } catch {
    return undefined;
  }
};

/**
 * An access token (HMS Core guides, "OAuth 2.0-based authentication", client credentials); `undefined` where the client
 * or its secret is refused.
 */
export const requestAccessToken = async (client: Client, options: Options): Promise<Token | undefined> => {
  const askedAt = options.now();
  const { status, body } = await options.guarded(() => post(client, options));
  if (status === 429 || status === 503) throw new PushRefusal('throttled');
  if (status >= 400 && status < 500) return undefined;
  const granted = status === 200 ? grantedIn(body) : undefined;
  if (granted === undefined) throw new PushRefusal('unavailable');
  return { token: granted.token, until: askedAt + granted.seconds * 1_000 - sparedMs };
};
