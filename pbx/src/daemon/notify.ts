import { execFile } from 'node:child_process';

/** What systemd sets for a unit of Type=notify with WatchdogSec (sd_notify(3), sd_watchdog_enabled(3)). */
type NotifyEnvironment = Partial<Record<'NOTIFY_SOCKET' | 'WATCHDOG_USEC' | 'WATCHDOG_PID' | 'PATH', string>>;

export type NotifierOptions = {
  /** Whether pns can do its work. While it is not, or does not say, the watchdog hears nothing. */
  healthy: () => Promise<boolean>;
  /** Is told what goes wrong, and told again once it is something else. @default nobody is */
  warn?: (reason: string) => void;
  /** @default this process's */
  environment?: NotifyEnvironment;
};

/** What is said resolves once systemd has heard it, or could not be told; it never rejects. */
export type Notifier = {
  /** pns takes requests: after the start, and after a reload. The watchdog begins with the first. */
  ready(): Promise<void>;
  reloading(): Promise<void>;
  stopping(): Promise<void>;
  /** Ends the watchdog. */
  close(): void;
};

/** systemd answers within milliseconds; a stop of pns must not wait for one that hangs. */
const timeoutMs = 2_000;

const oneLine = (text: string): string => text.trim().replaceAll(/[\p{Cc}\s]+/gu, ' ');

/** In milliseconds; undefined where systemd expects nothing of this process. */
const watchdogPeriod = ({ WATCHDOG_USEC, WATCHDOG_PID }: NotifyEnvironment): number | undefined => {
  const isMeant = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  const period = Number(WATCHDOG_USEC) / 1_000;
  return isMeant && period > 0 ? period : undefined;
};

/**
 * Tells systemd how pns fares. Node has no datagram sockets of Unix, so systemd-notify says it: the unit needs
 * NotifyAccess=all. Without NOTIFY_SOCKET nothing is run.
 */
export const createNotifier = ({
  healthy,
  warn = () => {},
  environment = process.env,
}: NotifierOptions): Notifier => {
  const { NOTIFY_SOCKET, PATH } = environment;
  const period = watchdogPeriod(environment);
  let last = Promise.resolve();
  let watchdog: NodeJS.Timeout | undefined;
  let busyWith: 'asking' | 'telling' | undefined;

  const createTelling = () => {
    let told: string | undefined;
    return (reason?: string): void => {
      if (reason !== undefined && reason !== told) warn(reason);
      told = reason;
    };
  };
  const tellOfNotify = createTelling();
  const tellOfHealth = createTelling();

  const run = (assignments: readonly string[]): Promise<void> =>
    new Promise((resolve) => {
      const options = { env: { NOTIFY_SOCKET, PATH }, timeout: timeoutMs, killSignal: 'SIGKILL' } as const;
      execFile('systemd-notify', assignments, options, (error) => {
        const reason = error?.killed ? `systemd-notify took more than ${timeoutMs} ms` : error?.message;
        tellOfNotify(reason && oneLine(reason));
        resolve();
      });
    });

  const send = (...assignments: readonly string[]): Promise<void> => {
    if (NOTIFY_SOCKET !== undefined) last = last.then(() => run(assignments));
    return last;
  };

  const watch = async (): Promise<void> => {
    if (busyWith === 'asking') tellOfHealth('pns does not say whether it is well, and systemd is to end it');
    if (busyWith !== undefined) return;
    busyWith = 'asking';
    const isHealthy = await healthy().catch(() => false);
    busyWith = 'telling';
    tellOfHealth(isHealthy ? undefined : 'pns is not well, and systemd is to end it');
    if (isHealthy) await send('WATCHDOG=1');
    busyWith = undefined;
  };

  return {
    ready: () => {
      if (NOTIFY_SOCKET !== undefined && period !== undefined) {
        watchdog ??= setInterval(() => void watch(), period / 2).unref();
      }
      return send('READY=1');
    },
    // Type=notify-reload asks for the time (sd_notify(3)); Type=notify does not mind it.
    reloading: () => send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    stopping: () => send('STOPPING=1'),
    close: () => clearInterval(watchdog),
  };
};
