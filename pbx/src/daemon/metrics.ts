import type { Attempt } from 'pns-proxy-client';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallAnswer, Status } from '../operations.ts';

/** Seconds. The upper ones are the deadlines of a call and of a delivery. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10];

/** What Prometheus may ask. No label is an extension, a token or a PBX: each value is a series of its own. */
export const createMetrics = (status: () => Promise<Status>) => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const histogram = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });
  const requests = histogram(
    'pns_request_seconds',
    'Requests of the PBX, by operation and what they came to.',
    ['operation', 'outcome'],
  );
  const attempts = histogram(
    'pns_proxy_attempt_seconds',
    'Tries of requests to the proxy, by operation and code; ok where it answered well.',
    ['operation', 'code'],
  );
  const phones = new Counter({
    name: 'pns_phones_total',
    help: 'Phones of pushed calls, by platform and what their push came to.',
    labelNames: ['platform', 'result'],
    registers,
  });

  const gauge = (name: string, help: string, value: (now: Status) => number) =>
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(value(await status()));
      },
    });
  gauge('pns_spool_depth', 'Requests that have not reached the proxy.', ({ spool }) => spool.depth);
  gauge('pns_spool_oldest_seconds', 'Age of the oldest of them.', ({ spool }) => spool.oldestSeconds);
  gauge('pns_spool_kept_aside', 'Requests that the proxy refused for good.', ({ spool }) => spool.keptAside);
  gauge('pns_calls_in_progress', 'Calls whose ring window has not ended.', (now) => now.callsInProgress);
  gauge('pns_breaker_open', '1 where the proxy has just been seen down.', ({ proxy }) =>
    proxy.breaker === 'closed' ? 0 : 1,
  );

  return {
    /** Of a request of the PBX's. */
    request: (operation: string, outcome: string, seconds: number) =>
      requests.observe({ operation, outcome }, seconds),
    call: (answer: CallAnswer) => {
      for (const { platform, accepted, reason } of answer.phones) {
        phones.inc({ platform, result: accepted ? 'accepted' : (reason ?? 'unknown') });
      }
    },
    attempt: ({ operation, code, durationMs }: Attempt) =>
      attempts.observe({ operation, code: code ?? 'ok' }, durationMs / 1_000),
    text: () => registry.metrics(),
  };
};

export type Metrics = ReturnType<typeof createMetrics>;
