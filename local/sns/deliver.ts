import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { readAppleCredentials, readGoogleCredentials } from './credentials.ts';
import { createAppleSender } from './deliver-apple.ts';
import { createGoogleSender } from './deliver-google.ts';
import type { Events } from './events.ts';
import {
  credentialsRefused,
  endpointDisabled,
  expired,
  type Failure,
  failureMessage,
  type Verdict,
} from './failures.ts';
import { isSandbox } from './platforms.ts';
import type { Notification } from './publish.ts';
import { createSenders } from './sender.ts';
import type { Application, Endpoint, Store } from './store.ts';
import { isRetryable } from './ttl.ts';

export type DeliveryOptions = {
  store: Store;
  events: Events;
  apple: { production: string; sandbox: string };
  google: string;
  ca: string;
  now: () => number;
  retryDelaysMs: readonly number[];
  requestTimeoutMs: number;
};

/**
 * Milliseconds before each retry (Amazon SNS Developer Guide, Message delivery retries): 2 after 10 s, 10 with
 * exponential back-off from 10 s to 10 min, 38 after 10 min; 50 within 6 hours.
 */
export const snsRetryDelaysMs: readonly number[] = [
  ...Array.from({ length: 2 }, () => 10_000),
  ...Array.from({ length: 10 }, (_, step) => Math.round(10_000 * 60 ** (step / 9))),
  ...Array.from({ length: 38 }, () => 600_000),
];

/** Sends what was published, each application over its own connections, so that none waits for another's. */
export const createDeliveries = (options: DeliveryOptions) => {
  const { store, events, now, retryDelaysMs } = options;
  const stopped = new AbortController();
  const underWay = new Set<Promise<void>>();
  const appleSenders = createSenders(({ platform, attributes }) => {
    const url = isSandbox(platform) ? options.apple.sandbox : options.apple.production;
    const credentials = readAppleCredentials(attributes);
    return credentials && createAppleSender(credentials, { ...options, url });
  });
  const googleSenders = createSenders(({ attributes }) => {
    const credentials = readGoogleCredentials(attributes);
    return credentials && createGoogleSender(credentials, { ...options, url: options.google });
  });

  const fail = (
    failure: Failure,
    attempts: number,
    { messageId }: Notification,
    application: Application,
    endpoint: Endpoint,
  ): void => {
    if (failure.disables === 'application') store.disableApplication(application.arn);
    if (failure.disables === 'endpoint' && store.disableEndpoint(endpoint.arn, endpoint.token)) {
      events.emit(application, 'EndpointUpdated', endpoint.arn, { Attributes: { Enabled: 'false' } });
    }
    events.emit(application, 'DeliveryFailure', endpoint.arn, {
      DeliveryAttempts: attempts,
      FailureMessage: failureMessage(failure.type, application.platform),
      FailureType: failure.type,
      MessageId: messageId,
    });
  };

  const attempt = (notification: Notification, application: Application, endpoint: Endpoint) => {
    if (!endpoint.enabled) return endpointDisabled;
    const { payload } = notification;
    const sent =
      payload.provider === 'apple'
        ? appleSenders.of(application)?.send(payload.push, endpoint.token, notification)
        : googleSenders.of(application)?.send(payload.request, endpoint.token, notification);
    return sent ?? credentialsRefused;
  };

  const deliver = async (notification: Notification): Promise<void> => {
    await nextTurn();
    for (let attempts = 1; !stopped.signal.aborted; attempts += 1) {
      const endpoint = store.endpoint(notification.endpointArn);
      const application = endpoint && store.application(endpoint.applicationArn);
      // Deleted meanwhile: there is nobody to send to, and nobody to tell.
      if (!application) return;
      const verdict: Verdict = await attempt(notification, application, endpoint);
      if (verdict === 'delivered' || stopped.signal.aborted) return;
      const wait = retryDelaysMs[attempts - 1];
      if (!verdict.retry || wait === undefined) {
        fail(verdict, attempts, notification, application, endpoint);
        return;
      }
      if (!isRetryable(notification, now() + wait)) {
        fail(expired, attempts, notification, application, endpoint);
        return;
      }
      await delay(wait, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };

  return {
    start(notification: Notification): void {
      const job = deliver(notification).finally(() => underWay.delete(job));
      underWay.add(job);
    },
    /** Resolves once nothing is under way, retries included. */
    async idle(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close(): Promise<void> {
      stopped.abort();
      appleSenders.close();
      googleSenders.close();
      await Promise.all(underWay);
    },
  };
};
