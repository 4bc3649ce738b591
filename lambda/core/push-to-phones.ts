import type { Apps } from './apps.ts';
import { serves } from './apps.ts';
import type { Brake } from './brake.ts';
import type { Delivery, PassedOverReason } from './call-log.ts';
import { loggedPassedOver, loggedPush } from './call-log.ts';
import type { Caller } from './caller.ts';
import { visibleTo } from './caller.ts';
import type { PushResult } from './contract.ts';
import type { DeliverPorts, Outcome } from './deliver.ts';
import { deliver, keptByGuard } from './deliver.ts';
import { ServiceError } from './errors.ts';
import type { Notice } from './notice.ts';
import type { Push } from './payload.ts';
import { pushesOf } from './payload.ts';
import { phoneOf, phonesToTell, phonesWithoutToken } from './phones.ts';
import { outcomeOf, tallied } from './push-outcomes.ts';
import type { Registration } from './registration.ts';
import { isDisabled, isLive } from './registration.ts';
import { fingerprintOf } from './token.ts';
import type { Trace } from './trace.ts';

export type PushPorts = DeliverPorts & { apps: Apps; brake: Brake };

/** A phone that has less time than this cannot wake, register and ring. */
const leastSeconds = 3;

/** How long a request may push for: a PBX that waits for the answer has its own deadline, 2 s by default. */
const patienceMs = 4_000;

/** Which of an extension's phones: all, or as an answer names them. */
export type Chosen = { only?: readonly string[]; except?: readonly string[] };

/**
 * Tells an extension's phones of something. One read, then all pushes at once; a write only where a token proved dead, or
 * its endpoint had to be made or enabled.
 */
export const pushToPhones = async (
  ports: PushPorts,
  caller: Caller,
  notice: Notice,
  chosen: Chosen,
  trace: Trace,
): Promise<PushResult> => {
  const { table, clock } = ports;
  trace.add({ extension: notice.callee, uuid: notice.uuid, callId: notice.callId });

  const wait = ports.brake.take(caller.pbxId);
  if (wait > 0) {
    throw new ServiceError('too-many-calls', 'this PBX pushes faster than the deployment allows', {
      retryAfterSeconds: wait,
    });
  }

  // The answer does not wait longer than this, whatever hangs; nothing is sent after it.
  const answerBy = clock.now() + patienceMs;
  const found = await trace.timed('table', () =>
    Promise.race([table.ofExtension(caller.pbxId, notice.callee), clock.sleep(patienceMs).then(tableLate)]),
  );
  const foundAt = clock.now();
  const live = found.filter((row) => isLive(row, foundAt));
  const visible = live.filter(visibleTo(caller)).filter(isChosen(chosen));
  const phones = phonesToTell(
    notice.type,
    visible.filter((row) => !isDisabled(row)),
  );
  const refused = refusedPhones(notice, visible, phones.flat());
  trace.add({ registrations: live.length, devices: phones.length });

  const isCall = notice.type === 'call';
  const deadline = isCall ? Math.min(answerBy, notice.expiresAt - leastSeconds * 1_000) : answerBy;
  const late = clock.sleep(deadline - clock.now());
  const pushAt = pushesFor(ports, notice);
  const deliveries = await trace.timed('push', () =>
    Promise.all(
      phones.map((phone) =>
        Promise.all(phone.map((row) => push(ports, row, { pushAt, deadline, late }, trace))),
      ),
    ),
  );
  const noToken = isCall ? 'no-token-for-calls' : 'no-token-for-messages';
  const all = [...deliveries, ...refused].flat();
  const passedOver = loggedPassedOver(found, all, (row): PassedOverReason => {
    if (!isLive(row, foundAt)) return 'registration-expired';
    if (!visibleTo(caller)(row)) return 'app-not-allowed';
    return isChosen(chosen)(row) ? noToken : 'not-named';
  });
  const kept = all.filter((delivery) => 'mark' in delivery && delivery.mark === keptByGuard).length;
  trace.add({
    pushes: all.map(loggedPush),
    ...(passedOver.length > 0 && { passedOver }),
    ...(kept > 0 && { keptByGuard: kept }),
  });

  const outcomes = [...deliveries, ...refused].map(outcomeOf);
  const accepted = outcomes.filter((outcome) => outcome.accepted).length;
  trace.add({ accepted, failed: tallied([...deliveries, ...refused]) });
  const untold = phonesWithoutToken(notice.type, visible).map((phone) =>
    outcomeOf(phone.map((registration) => ({ registration, outcome: noToken }))),
  );
  return { devices: phones.length, accepted, uuid: notice.uuid, phones: [...outcomes, ...untold] };
};

/** A phone is named as an answer names it. */
const isChosen =
  ({ only, except }: Chosen) =>
  ({ deviceId, token }: Registration): boolean => {
    const isIn = (names: readonly string[]) =>
      (deviceId !== undefined && names.includes(deviceId)) || names.includes(fingerprintOf(token));
    return (only === undefined || isIn(only)) && (except === undefined || !isIn(except));
  };

const tableLate = (): never => {
  throw new ServiceError('unavailable', 'the table did not answer in time');
};

type PushAt = (registration: Registration, at: number) => Push | undefined;

/** Undefined where it is too late. Phones of one kind get the same, which is made once: cutting long texts takes its time. */
const pushesFor = ({ apps, clock }: PushPorts, notice: Notice): PushAt => {
  const made = new Map<string, (at: number) => Push | undefined>();
  return (to, at) => {
    const kind = `${to.app} ${to.platform} ${to.harmonyOs === true}`;
    const push = made.get(kind) ?? pushesOf(to, apps[to.app] ?? {}, notice, clock.now());
    made.set(kind, push);
    const now = push(at);
    return notice.type === 'call' && now !== undefined && now.ttlSeconds < leastSeconds ? undefined : now;
  };
};

const push = async (
  ports: PushPorts,
  registration: Registration,
  { pushAt, deadline, late }: { pushAt: PushAt; deadline: number; late: Promise<void> },
  trace: Trace,
): Promise<Delivery> => {
  if (!serves(ports.apps, registration.app, registration)) {
    return { registration, outcome: 'platform-not-served' };
  }
  // Counted anew for each try, so that a push sent late does not live longer than the call.
  const pushNow = () => pushAt(registration, ports.clock.now());
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
const refusedPhones = (
  { type }: Notice,
  visible: readonly Registration[],
  told: readonly Registration[],
): Delivery[][] => {
  const reached = new Set(told.map(phoneOf));
  const others = visible.filter((row) => isDisabled(row) && !reached.has(phoneOf(row)));
  return phonesToTell(type, others).map((phone) =>
    phone.map((registration) => ({
      registration,
      outcome: registration.disabledReason ?? 'endpoint-disabled',
    })),
  );
};
