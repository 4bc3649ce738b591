import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../settings/settings.ts';
import { checkAnswer } from './answer.ts';
import { checkAri, readAri } from './ari.ts';
import { checkCertificate } from './certificate.ts';
import { checkClock } from './clock.ts';
import { checkConnection } from './connection.ts';
import { type Context, once, type Ports } from './context.ts';
import { checkDaemon } from './daemon.ts';
import { checkDevices } from './devices.ts';
import type { Check, Finding } from './finding.ts';
import { checkKey } from './key.ts';
import { thisMachine } from './machine.ts';
import { checkOutboundProxy } from './outbound-proxy.ts';
import { formatFindings } from './print-findings.ts';
import { reachEndpoint } from './reach.ts';
import { readRegistrations } from './registrations.ts';
import { resolve } from './resolution.ts';
import { checkResolvers } from './resolvers.ts';
import { checkSip } from './sip.ts';

/** Each has deadlines of its own, all within this one; it is for what nobody foresaw. */
const runMs = 14_000;

/** In the order in which a push goes. */
const checks: readonly [Check, (context: Context) => Promise<Finding[]>][] = [
  ['daemon', checkDaemon],
  ['resolvers', checkResolvers],
  ['connection', checkConnection],
  ['proxy', checkOutboundProxy],
  ['certificate', checkCertificate],
  ['answer', checkAnswer],
  ['clock', checkClock],
  ['key', checkKey],
  ['ari', checkAri],
  ['sip', checkSip],
  ['devices', checkDevices],
];

/** Looks at everything, all at once, and never throws. */
export const runDoctor = async (settings: Settings, ports: Ports, extension?: string): Promise<Finding[]> => {
  const run = new AbortController();
  const context: Context = {
    settings,
    ports,
    extension,
    signal: run.signal,
    resolution: once(() => resolve(settings, ports)),
    reach: once(() => reachEndpoint(context)),
    ari: once(() => readAri(context)),
    registrations: once(() => readRegistrations(context)),
  };
  const late = delay(runMs, undefined, { signal: run.signal }).catch(() => undefined);
  try {
    const found = checks.map(async ([check, look]): Promise<Finding[]> => {
      try {
        return (await Promise.race([look(context), late])) ?? [unfinished(check)];
      } catch (error) {
        return [failed(check, error)];
      }
    });
    return (await Promise.all(found)).flat();
  } finally {
    run.abort();
  }
};

const unfinished = (check: Check): Finding => ({
  check,
  level: 'fault',
  what: `did not come to an end within ${runMs / 1_000} s`,
  remedy: 'Mend what the other checks found, and run `pns doctor` again.',
});

/** Messages may hold what was sent. */
const failed = (check: Check, error: unknown): Finding => ({
  check,
  level: 'fault',
  what: `the check itself failed (${error instanceof Error ? error.name : typeof error})`,
  remedy: 'This is a fault of pns: report it, with the output of `pns doctor --json`.',
});

/**
 * `pns doctor`.
 *
 * @returns the exit code: 0 only if all is well, 1 where there is a warning or a fault
 */
export const doctor = async (
  settings: Settings,
  options: { json: boolean; extension?: string; out: (lines: string) => void },
  ports: Ports = thisMachine(),
): Promise<0 | 1> => {
  const findings = await runDoctor(settings, ports, options.extension);
  const ok = findings.every(({ level }) => level === 'ok' || level === 'skipped');
  options.out(options.json ? JSON.stringify({ ok, findings }, undefined, 2) : formatFindings(findings));
  return ok ? 0 : 1;
};
