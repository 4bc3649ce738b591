import type { HmsMessage, HmsPush } from '../../core/payload-hms.ts';
import type { Clock, PushGateway } from '../../core/ports.ts';
import { PushRefusal } from '../../core/ports.ts';
import { createConnections } from '../agent.ts';
import type { Breaker } from '../breaker.ts';
import { createBreaker } from '../breaker.ts';
import { unlessUseless } from '../credential-error.ts';
import { httpsPost } from '../https-post.ts';
import type { HuaweiSettings, Secret, StandIns } from '../provider-settings.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Credential } from './bearer.ts';
import { createCredential } from './bearer.ts';
import { readClient, readServiceAccount } from './credentials.ts';
import { requestAccessToken } from './oauth-token.ts';
import type { Verdict } from './result-codes.ts';
import { verdictOf } from './result-codes.ts';
import { signServiceAccountToken } from './service-account-token.ts';

type HuaweiOptions = {
  apps: Readonly<Record<string, HuaweiSettings>>;
  /** Rejects with PushRefusal. */
  readSecret(secret: Secret): Promise<string>;
  clock: Clock;
  standIns?: Pick<StandIns, 'ca' | 'huawei'>;
};

type Api = HmsMessage['api'];

/** One app's side of one API. */
type Sender = {
  url: string;
  credential: Credential;
  /** Until then, in epoch milliseconds, nothing is sent that needs a grant. */
  notGrantedUntil: number;
};

type Outgoing = { token: string; signal: AbortSignal };

const ofHuawei = {
  push: 'https://push-api.cloud.huawei.com',
  oauth: 'https://oauth-login.cloud.huawei.com',
};

/** To either host. A push beyond them waits for a free one. */
const mostConnections = 64;

/** A grant that Huawei gives meanwhile is found out after these. */
const notGrantedForMs = 600_000;

const requestOf = (message: HmsMessage, token: string) =>
  message.api === 'v2'
    ? { headers: {}, body: { ...message.body, message: { ...message.body.message, token: [token] } } }
    : { headers: { 'push-type': message.pushType }, body: { ...message.body, target: { token: [token] } } };

/** The way out through Huawei's Push Kit: one token a request, so that each answer is one phone's. */
export const createHuaweiGateway = ({ apps, readSecret, clock, standIns }: HuaweiOptions): PushGateway => {
  const { now } = clock;
  const hosts = standIns?.huawei ?? ofHuawei;
  const connections = createConnections(
    { maxSockets: mostConnections, ...(standIns && { ca: standIns.ca }) },
    now,
  );
  // What keeps one app from its secret is no fault of Huawei's, and each of its hosts may be down by itself.
  const [guarded, guardedOauth] = [createBreaker(clock), createBreaker(clock)];

  const makeToken = async (
    api: Api,
    { projectId, v2 }: HuaweiSettings,
    { secretText, needed }: { secretText: string; needed: boolean },
  ) => {
    if (api === 'v3') {
      const account = unlessUseless(() => readServiceAccount(secretText, { projectId }));
      return account && signServiceAccountToken(account, now());
    }
    const client = v2 && unlessUseless(() => readClient(secretText, v2));
    // What no push waits for may be cut off by a function that is frozen: that says nothing of Huawei.
    const guard: Breaker = needed ? guardedOauth : (ask) => ask();
    const options = { oauthUrl: hosts.oauth, connections, guarded: guard, now };
    return client && requestAccessToken(client, options);
  };

  const senders = new Map<string, Sender>();
  for (const [name, app] of Object.entries(apps)) {
    for (const api of ['v2', 'v3'] as const) {
      const secret = app[api];
      if (secret === undefined) continue;
      const credential = createCredential({
        readSecret: () => readSecret(secret),
        makeToken: (secretText, needed) => makeToken(api, app, { secretText, needed }),
        now,
      });
      const url = `${hosts.push}/${api}/${app.projectId}/messages:send`;
      senders.set(`${api}/${name}`, { url, credential, notGrantedUntil: 0 });
    }
  }

  /** Where Huawei refuses the token of ours, it is sent with a new one, once. */
  const send = async (
    { url, credential }: Sender,
    message: HmsMessage,
    { token, signal }: Outgoing,
  ): Promise<Verdict> => {
    const { headers, body } = requestOf(message, token);
    for (const refuse of [credential.forget, credential.giveUp]) {
      const bearer = await unlessAborted(credential.get(), signal);
      if (bearer === undefined) break;
      const authorization = `Bearer ${bearer.token}`;
      const post = () =>
        httpsPost({
          url,
          headers: { ...headers, 'content-type': 'application/json', authorization },
          body: JSON.stringify(body),
          agent: connections.agent(),
          signal,
        });
      const answer = await guarded(() => post().catch(unavailable), signal);
      const verdict = verdictOf(answer, token);
      if (verdict.refused !== 'credential-refused') return verdict;
      refuse(bearer);
    }
    return { refused: 'application-disabled' };
  };

  /** What Huawei does not grant goes out as what needs no grant, so that the phone may still ring. */
  const sendOrFallBack = async (
    sender: Sender,
    { fallback, ...message }: HmsPush,
    outgoing: Outgoing,
  ): Promise<Verdict> => {
    if (fallback === undefined) return send(sender, message, outgoing);
    if (now() >= sender.notGrantedUntil) {
      const verdict = await send(sender, message, outgoing);
      if (verdict.refused !== 'not-granted') return verdict;
      sender.notGrantedUntil = now() + notGrantedForMs;
    }
    return send(sender, fallback, outgoing);
  };

  return {
    publish: async (to, push, signal) => {
      if (!('token' in to) || push.platform !== 'hms') throw new PushRefusal('platform-not-served');
      const sender = senders.get(`${push.api}/${to.app}`);
      if (sender === undefined) throw new PushRefusal('platform-not-served');
      const outgoing = { token: to.token, signal };
      const verdict = await sendOrFallBack(sender, push, outgoing).catch(unavailable);
      if (verdict.refused === undefined) return verdict.accepted;
      throw new PushRefusal(reasonOf(verdict.refused));
    },
  };
};

const unavailable = (error: unknown): never => {
  throw error instanceof PushRefusal ? error : new PushRefusal('unavailable', { cause: error });
};

/** What is not granted, and has nothing to fall back on, an operator must apply for. */
const reasonOf = (refused: NonNullable<Verdict['refused']>) =>
  refused === 'not-granted' || refused === 'credential-refused' ? 'application-disabled' : refused;
