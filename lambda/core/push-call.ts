import type { Apps } from './apps.ts';
import { serves } from './apps.ts';
import type { Brake } from './brake.ts';
import type { Delivery, PassedOverReason } from './call-log.ts';
import { loggedPassedOver, loggedPush } from './call-log.ts';
import type { Caller } from './caller.ts';
import { visibleTo } from './caller.ts';
import type { PhoneOutcome, PushCallRequest, PushResult } from './contract.ts';
import { pushReasons } from './contract.ts';
import type { DeliverPorts, Outcome } from './deliver.ts';
import { deliver, keptByGuard } from './deliver.ts';
import { ServiceError } from './errors.ts';
import type { Call } from './payload.ts';
import { callPush } from './payload.ts';
import { phoneOf, phonesToRing } from './phones.ts';
import type { Registration } from './registration.ts';
import { isDisabled, isLive } from './registration.ts';
import { fingerprintOf } from './token.ts';
import type { Trace } from './trace.ts';
import { uuidOfCall } from './uuid.ts';

export type PushCallPorts = DeliverPorts & { apps: Apps; ringSeconds: number; brake: Brake };

/** A phone that has less time than this cannot wake, register and ring. */
const leastSeconds = 3;

/** How long a call may be pushed for: a PBX that waits for the answer has its own deadline, 2 s by default. */
const patienceMs = 4_000;

/**
 * `POST /push_call`. One read, then all pushes at once; a write only where a token proved dead, or its
 * endpoint had to be made or enabled.
 *
 * @param receivedAt when API Gateway took the request, in epoch milliseconds: the ring window counts from it
 */
export const pushCall = async (
  ports: PushCallPorts,
  caller: Caller,
  request: PushCallRequest,
  trace: Trace,
  receivedAt: number,
): Promise<PushResult> => {
  const { table, clock } = ports;
  const call = callOf(ports, caller, request, receivedAt);
  const ringSeconds = (call.expiresAt - call.sentAt) / 1_000;
  trace.add({ extension: call.callee, uuid: call.uuid, callId: call.callId, ringSeconds });
  if (call.test === true) trace.add({ test: true });

  const wait = ports.brake.take(caller.pbxId);
  if (wait > 0) {
    throw new ServiceError('too-many-calls', 'this PBX pushes calls faster than the deployment allows', {
      retryAfterSeconds: wait,
    });
  }

  // The answer does not wait longer than this, whatever hangs; nothing is sent after it.
  const answerBy = clock.now() + patienceMs;
  const found = await trace.timed('table', () =>
    Promise.race([table.ofExtension(caller.pbxId, call.callee), clock.sleep(patienceMs).then(tableLate)]),
  );
  const foundAt = clock.now();
  const live = found.filter((row) => isLive(row, foundAt));
  const visible = live.filter(visibleTo(caller)).filter(named(request.only));
  const phones = phonesToRing(visible.filter((row) => !isDisabled(row)));
  const refused = refusedPhones(visible, phones.flat());
  trace.add({ registrations: live.length, devices: phones.length });

  const deadline = Math.min(answerBy, call.expiresAt - leastSeconds * 1_000);
  const late = clock.sleep(deadline - clock.now());
  const deliveries = await trace.timed('sns', () =>
    Promise.all(
      phones.map((phone) =>
        Promise.all(phone.map((row) => push(ports, row, call, { deadline, late }, trace))),
      ),
    ),
  );
  const all = [...deliveries, ...refused].flat();
  const passedOver = loggedPassedOver(found, all, (row): PassedOverReason => {
    if (!isLive(row, foundAt)) return 'registration-expired';
    if (!visibleTo(caller)(row)) return 'app-not-allowed';
    return named(request.only)(row) ? 'no-token-for-calls' : 'not-named';
  });
  const kept = all.filter((delivery) => 'mark' in delivery && delivery.mark === keptByGuard).length;
  trace.add({
    pushes: all.map(loggedPush),
    ...(passedOver.length > 0 && { passedOver }),
    ...(kept > 0 && { keptByGuard: kept }),
  });

  const outcomes = [...deliveries, ...refused].map(outcomeOf);
  const accepted = outcomes.filter((outcome) => outcome.accepted).length;
  trace.add({ accepted, failed: tallied(outcomes) });
  return { devices: phones.length, accepted, uuid: call.uuid, phones: outcomes };
};

/** A phone is named as an answer names it. */
const named =
  (only: readonly string[] | undefined) =>
  ({ deviceId, token }: Registration): boolean =>
    only === undefined ||
    (deviceId !== undefined && only.includes(deviceId)) ||
    only.includes(fingerprintOf(token));

const tableLate = (): never => {
  throw new ServiceError('unavailable', 'the table did not answer in time');
};

const callOf = (ports: PushCallPorts, caller: Caller, request: PushCallRequest, receivedAt: number): Call => {
  const { to, from, fromName } = request;
  // What a PBX leaves empty is not there: all its calls would be one.
  const callId = request.callId || undefined;
  const derived = callId === undefined ? crypto.randomUUID() : uuidOfCall(caller.pbxId, callId);
  return {
    uuid: request.uuid?.toLowerCase() ?? derived,
    callee: to,
    pbxId: caller.pbxId,
    sentAt: receivedAt,
    expiresAt: receivedAt + (request.ringSeconds ?? ports.ringSeconds) * 1_000,
    ...(callId !== undefined && { callId }),
    ...(from !== undefined && { caller: from }),
    ...(fromName !== undefined && { callerName: fromName }),
    ...(request.test === true && { test: true }),
  };
};

const push = async (
  ports: PushCallPorts,
  registration: Registration,
  call: Call,
  { deadline, late }: { deadline: number; late: Promise<void> },
  trace: Trace,
): Promise<Delivery> => {
  const { app: name, platform } = registration;
  const app = ports.apps[name];
  if (app === undefined || !serves(ports.apps, name, platform)) {
    return { registration, outcome: 'platform-not-served' };
  }
  // Counted anew for each try, so that a push sent late does not live longer than the call.
  const pushNow = () => {
    const ttlSeconds = Math.floor((call.expiresAt - ports.clock.now()) / 1_000);
    return ttlSeconds < leastSeconds ? undefined : callPush(platform, app, call, ttlSeconds);
  };
  if (pushNow() === undefined) return { registration, outcome: 'expired' };

  const outcome = await Promise.race([
    deliver(ports, registration, pushNow, deadline).catch((error: unknown): Outcome => {
      trace.add({ tableError: error instanceof Error ? error.name : typeof error });
      return { outcome: 'unavailable' };
    }),
    late.then((): Outcome => ({ outcome: 'unavailable' })),
  ]);
  return { registration, ...outcome };
};

/** Phones whose tokens were all refused: they are not pushed to, and whoever asks why they stay silent is told. */
const refusedPhones = (visible: readonly Registration[], rung: readonly Registration[]): Delivery[][] => {
  const ringing = new Set(rung.map(phoneOf));
  return phonesToRing(visible.filter((row) => isDisabled(row) && !ringing.has(phoneOf(row)))).map((phone) =>
    phone.map((registration) => ({
      registration,
      outcome: registration.disabledReason ?? 'endpoint-disabled',
    })),
  );
};

/** How many phones were not reached, by reason and by platform: a metric filter sees into objects, not into lists. */
const tallied = (outcomes: readonly PhoneOutcome[]) => {
  const failed = outcomes.filter(({ accepted }) => !accepted);
  const countOf = (values: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
  return {
    reason: countOf(failed.flatMap(({ reason }) => reason ?? [])),
    platform: countOf(failed.map(({ platform }) => platform)),
  };
};

/**
 * A phone is reached where one of its tokens is; else the reason that may pass comes first. Where any of them is Apple's,
 * so is the phone: a PBX pushes a call twice to phones that are not, and an iPhone must never get it twice.
 */
const outcomeOf = (deliveries: readonly Delivery[]): PhoneOutcome => {
  const worth = ({ outcome }: Delivery) =>
    outcome === 'accepted' ? 2 : pushReasons[outcome].retryable ? 1 : 0;
  const [best] = deliveries.toSorted((a, b) => worth(b) - worth(a));
  if (best === undefined) throw new Error('a phone without registrations');
  const { registration, outcome } = best;
  const { deviceId } = registration;
  const platforms = deliveries.map(({ registration }) => registration.platform);
  const platform = platforms.find((one) => one.startsWith('apns')) ?? registration.platform;
  const name = deviceId === undefined ? { fingerprint: fingerprintOf(registration.token) } : { deviceId };
  if (outcome === 'accepted') return { ...name, platform, accepted: true };
  return { ...name, platform, accepted: false, reason: outcome, retryable: pushReasons[outcome].retryable };
};
