import type { Clock, PushGateway } from '../../core/ports.ts';
import { PushRefusal } from '../../core/ports.ts';
import { readSubscription } from '../../core/subscription.ts';
import { createConnections } from '../agent.ts';
import { createBreaker } from '../breaker.ts';
import { httpsPost } from '../https-post.ts';
import type { Secret, StandIns, WebPushSettings } from '../provider-settings.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { readAnswer } from './answer.ts';
import { encrypt } from './encrypt.ts';
import { createLru } from './lru.ts';
import type { Resolve } from './public-address.ts';
import { addressIn, createPublicLookup, isPublicAddress, resolveInDns } from './public-address.ts';
import type { Vapid } from './vapid.ts';
import { createVapid } from './vapid.ts';

type WebPushOptions = {
  apps: Readonly<Record<string, WebPushSettings>>;
  /** Rejects with PushRefusal. */
  readSecret(secret: Secret): Promise<string>;
  clock: Clock;
  standIns?: Pick<StandIns, 'ca' | 'pushServicePort'>;
  /** @default - asks DNS */
  resolve?: Resolve;
};

/** Each push service has connections and a breaker of its own, as long as it is one of these many that were used last. */
const mostOrigins = 100;

/** Connections to one: what an extension's phones need at once, and then some; and how many stay open. */
const connections = { maxSockets: 32, maxFreeSockets: 2 } as const;

/** Without a cause: that may hold what the push service has sent. */
const refuse = (error: unknown): never => {
  throw error instanceof PushRefusal ? error : new PushRefusal('unavailable');
};

/**
 * The way out to browsers' push services, and those of UnifiedPush phones (RFC 8030). A push address is whatever a PBX has
 * registered, so that it leads to the public internet alone, and no redirect is followed (docs/decisions/0020).
 */
export const createWebPushGateway = ({
  apps,
  readSecret,
  clock,
  standIns,
  resolve = resolveInDns,
}: WebPushOptions): PushGateway => {
  const senders = new Map<string, Vapid>(
    Object.entries(apps).map(([app, settings]) => [app, createVapid(settings, readSecret, clock)]),
  );
  const lookup = createPublicLookup(resolve);
  const standIn = standIns && `https://127.0.0.1:${standIns.pushServicePort}`;
  const pushServices = createLru(
    mostOrigins,
    (origin) => ({
      guarded: createBreaker(clock),
      own: createConnections(
        { ...connections, lookup, ...(origin === standIn && { ca: standIns?.ca }) },
        clock.now,
      ),
    }),
    ({ own }) => own.close(),
  );

  /** Of a name, what it resolves to is checked when it is connected to. */
  const mayBeAsked = (address: URL): boolean => {
    const literal = addressIn(address);
    return literal === undefined || isPublicAddress(literal) || address.origin === standIn;
  };

  return {
    publish: async (to, push, signal) => {
      const vapid = 'app' in to ? senders.get(to.app) : undefined;
      if (!('token' in to) || push.platform !== 'webpush' || vapid === undefined)
        throw new PushRefusal('platform-not-served');
      const subscription = readSubscription(to.token);
      if (subscription === undefined) throw new PushRefusal('invalid-token');
      const address = new URL(subscription.endpoint);
      if (!mayBeAsked(address)) throw new PushRefusal('address-not-public');
      const { origin } = address;

      // Before the push service is asked: what becomes of this does not speak against it.
      const authorization = await unlessAborted(vapid.authorizationFor(origin), signal).catch(refuse);
      const body = encrypt(JSON.stringify(push.body), subscription.keys);
      if (body === undefined) throw new PushRefusal('invalid-notification');

      const { guarded, own } = pushServices(origin);
      const headers = {
        authorization,
        ttl: String(push.ttlSeconds),
        urgency: push.urgency,
        topic: push.topic,
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
      };
      // Whatever it answers, it is there: what it says to one phone's push keeps nobody else's from it.
      const post = () => httpsPost({ url: address.href, headers, body, agent: own.agent(), signal });
      const answer = await guarded(() => post().catch(refuse), signal);
      // A token that has grown old on a machine whose clock is off may be all that is wrong.
      if (answer.status === 401 || answer.status === 403) vapid.forget(origin, authorization);
      return readAnswer(answer);
    },
  };
};
