import { createAsking } from '../calls/ask.ts';
import { createCalls } from '../calls/calls.ts';
import { systemClock, within } from '../calls/clock.ts';
import { createMessages } from '../calls/messages.ts';
import type { Log } from '../log/log.ts';
import type { Operations, Status } from '../operations.ts';
import { createLink } from '../proxy/link.ts';
import { createServer } from '../server/server.ts';
import type { Settings } from '../settings/settings.ts';
import type { Delivery } from '../spool/delivery.ts';
import { startDelivery } from '../spool/delivery.ts';
import { openSpool } from '../spool/spool.ts';
import { version } from '../version.ts';
import { measured } from './measured.ts';
import { createMetrics } from './metrics.ts';
import { stopTimes } from './stop-times.ts';

type PartsOptions = Pick<Operations, 'stop' | 'reload'> & {
  spoolFile: string;
  settings: () => Settings;
  log: Log;
  /** Is told where nothing can be spooled any more. */
  onBroken: () => void;
};

/**
 * Puts pns together, and has it listen.
 *
 * @throws SpoolError or ListenError, with everything closed again
 */
export const startParts = async ({ spoolFile, settings, log, stop, reload, onBroken }: PartsOptions) => {
  const startedAt = performance.now();
  const spoolOldestSeconds = (): number => {
    const oldestAt = spool.oldestAt();
    return oldestAt === undefined ? 0 : Math.round(Math.max(0, Date.now() - oldestAt) / 1_000);
  };
  const status = async (): Promise<Status> => {
    const fault = spool.fault();
    return {
      version,
      pid: process.pid,
      uptimeSeconds: Math.round((performance.now() - startedAt) / 1_000),
      spool: {
        depth: spool.depth(),
        oldestSeconds: spoolOldestSeconds(),
        keptAside: spool.keptAside(),
        ...(fault !== undefined && { fault }),
      },
      callsInProgress: calls.ringing(),
      proxy: link.report(),
    };
  };
  const metrics = createMetrics(status);
  const link = createLink(settings(), {
    log,
    onAttempt: metrics.attempt,
    onBack: () => delivery.hurry(),
    spoolOldestSeconds,
  });
  const spool = await openSpool({
    file: spoolFile,
    log,
    onBroken: (error) => {
      log('error', 'internal_error', { code: error.code, reason: error.message });
      onBroken();
    },
  });
  const clock = systemClock;
  const { ask, giveUp } = createAsking(clock, log);
  const settled: Delivery['settled'] = (...asked) => delivery.settled(...asked);
  const calls = createCalls({ proxy: link, ask, settings, log, settled, clock });
  const pushMessage = createMessages({ pushMessage: link.pushMessage, ask, settings, log, clock });

  const operations: Operations = {
    register: (request) => spool.add('register', request),
    update: (request) => spool.add('update', request),
    delete: (request) => spool.add('delete', request),
    pushCall: async (request) => {
      const answer = await calls.push(request);
      metrics.call(answer);
      return answer;
    },
    pushCancel: calls.cancel,
    pushMessage,
    registered: calls.registered,
    status,
    metrics: metrics.text,
    stop,
    reload,
  };
  const server = createServer({ operations: measured(operations, metrics), log, settings });

  // Before anything is delivered: at an address that another pns has, this one sends nothing.
  const address = await server.listen(settings().proxyAddress).catch(async (error: unknown) => {
    link.close();
    await spool.close();
    throw error;
  });
  const delivery = startDelivery({ spool, send: link.send, log });

  const close = async (): Promise<void> => {
    const takeBack = clock.alarm(stopTimes.callsMs, giveUp);
    const ended = Promise.all([server.close(), calls.finish()]);
    await within(clock, stopTimes.callsMs + stopTimes.givenUpMs, ended);
    takeBack();
    await delivery.stop(stopTimes.deliveriesMs);
    link.close();
    await spool.close();
  };

  return {
    address,
    healthy: () => spool.ping().then(() => true),
    /** From now on. */
    use: (next: Settings): void => {
      link.use(next);
      delivery.hurry();
    },
    /** Ends what is in flight first. */
    stop: close,
  };
};
