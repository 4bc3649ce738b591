import type { PushReason } from './contract.ts';
import { days } from './duration.ts';
import type { EndpointPorts } from './endpoints.ts';
import { releaseEndpoint } from './endpoints.ts';
import type { Guard } from './guard.ts';
import type { Push } from './payload.ts';
import type { Destination, PushGateway, RefusalReason } from './ports.ts';
import { PushRefusal } from './ports.ts';
import type { Registration, SnsApplication } from './registration.ts';
import { hasEndpoints, keyOf } from './registration.ts';
import { retrying } from './retry.ts';

export type DeliverPorts = EndpointPorts & { gateway: PushGateway; guard: Guard };

/** A refused row is kept for this long: it answers why a phone did not ring, and can be undone. */
export const refusedRowLifetimeMs = days(30);

/**
 * A provider that is asked without SNS between has this long for a push, its repeats included: a PBX waits 2 s for the
 * answer, which also tells of the phones of others. In milliseconds.
 */
const directPatienceMs = 1_500;

/**
 * Hands one push over. A call is ringing, so what is in the way is mended at once and the push sent again:
 * a missing endpoint is made, and a disabled one enabled, if the phone has vouched for its token since.
 * Whatever is made or enabled stands in the row before anything is sent, on condition that the row is still
 * the one read: a phone that has logged out meanwhile must not ring.
 *
 * @param pushNow gives the push as it is to leave at this moment, or undefined where it is too late
 * @param deadline epoch milliseconds; nothing is sent after it
 * @throws whatever the table throws
 */
export const deliver = async (
  ports: DeliverPorts,
  registration: Registration,
  pushNow: () => Push | undefined,
  deadline: number,
): Promise<Outcome> => {
  try {
    return hasEndpoints(registration)
      ? await throughSns(ports, registration, pushNow, deadline)
      : await direct(ports, registration, pushNow, deadline);
  } catch (error) {
    if (error instanceof PushRefusal) return { outcome: reasonOf(error.reason) };
    throw error;
  }
};

/**
 * What a push came to. SNS names a push that it took by its message id, also when it fails later. `mark` is there where
 * the fleet guard kept the token from being given up.
 */
export type Outcome =
  | { outcome: 'accepted'; messageId: string }
  | { outcome: PushReason; mark?: typeof keptByGuard };

/** In the log; the alarm looks for a line's `keptByGuard`, how many there are. */
export const keptByGuard = 'kept-by-guard';

type Attempt = { outcome: 'accepted'; messageId: string } | { outcome: RefusalReason };

/** A provider that says that it is asked too much is asked once more, and no oftener: it tells of a minute, as a rule. */
const mostThrottled = 2;

/** One push, repeated while there is time, and given as it is to leave at that moment. */
const publish = (
  { gateway, clock }: DeliverPorts,
  to: Destination,
  pushNow: () => Push | undefined,
  deadline: number,
  throttledAtMost = Infinity,
): Promise<string> => {
  const once = async () => {
    const push = pushNow();
    // Whole milliseconds are what a timer takes: a PBX may give fractions of them.
    const left = Math.floor(deadline - clock.now());
    if (push === undefined || left <= 0) throw new PushRefusal('expired');
    return gateway.publish(to, push, AbortSignal.timeout(left));
  };
  return retrying(clock, deadline, once, throttledAtMost);
};

const attempt = async (published: Promise<string>): Promise<Attempt> => {
  try {
    return { outcome: 'accepted', messageId: await published };
  } catch (error) {
    if (error instanceof PushRefusal) return { outcome: error.reason };
    throw error;
  }
};

const direct = async (
  ports: DeliverPorts,
  registration: Registration,
  pushNow: () => Push | undefined,
  deadline: number,
): Promise<Outcome> => {
  const until = Math.min(deadline, ports.clock.now() + directPatienceMs);
  const result = await attempt(publish(ports, registration, pushNow, until, mostThrottled));
  if (result.outcome === 'token-refused') return giveUp(ports, registration, result.outcome);
  return result.outcome === 'accepted' ? result : { outcome: reasonOf(result.outcome) };
};

const throughSns = async (
  ports: DeliverPorts,
  registration: Registration & SnsApplication,
  pushNow: () => Push | undefined,
  deadline: number,
): Promise<Outcome> => {
  const { table, endpoints, clock } = ports;
  const note = (endpoint: { endpointArn: string; verifiedAt?: number }) =>
    table.setEndpoint(keyOf(registration), endpoint, registration);
  const create = async () => {
    const make = () => endpoints.createEndpoint(registration, registration.token);
    const endpointArn = await retrying(clock, deadline, make);
    if (await note({ endpointArn })) return endpointArn;
    await releaseEndpoint(ports, { ...registration, endpointArn });
    throw new PushRefusal('registration-changed');
  };
  const enable = async (endpointArn: string) => {
    const verifiedAt = clock.now();
    await retrying(clock, deadline, () => endpoints.enableEndpoint(endpointArn));
    if (!(await note({ endpointArn, verifiedAt }))) throw new PushRefusal('registration-changed');
  };
  const send = (endpointArn: string) => attempt(publish(ports, { endpointArn }, pushNow, deadline));

  const stored = registration.endpointArn;
  let endpointArn = stored !== undefined && endpoints.belongs(stored, registration) ? stored : await create();
  let result = await send(endpointArn);
  if (result.outcome === 'endpoint-missing') {
    endpointArn = await create();
    result = await send(endpointArn);
  }
  if (result.outcome === 'endpoint-disabled') {
    if (vouchedSince(registration)) {
      await enable(endpointArn);
      result = await send(endpointArn);
      // It was enabled, and somebody who had seen no row for it has deleted it since.
      if (result.outcome === 'endpoint-missing') result = await send(await create());
    } else return giveUp(ports, registration, 'endpoint-disabled');
  }
  return result.outcome === 'accepted' ? result : { outcome: reasonOf(result.outcome) };
};

/** The phone has vouched for its token since SNS was last asked to enable the endpoint. */
const vouchedSince = ({ registeredAt, verifiedAt }: Registration): boolean =>
  verifiedAt === undefined || registeredAt > verifiedAt;

/** An endpoint made a moment ago and gone again was released by somebody: the token is changing hands. */
const reasonOf = (reason: RefusalReason): PushReason =>
  reason === 'endpoint-missing' ? 'registration-changed' : reason;

const giveUp = async (
  { table, clock, guard }: DeliverPorts,
  registration: Registration,
  reason: 'endpoint-disabled' | 'token-refused',
): Promise<Outcome> => {
  if (!(await guard.believes(registration.app, registration.tokenHash, clock.now())))
    return { outcome: reason, mark: keptByGuard };
  const at = clock.now();
  const marked = await table.setRefusal(
    keyOf(registration),
    { at, reason },
    at + refusedRowLifetimeMs,
    registration,
  );
  return { outcome: marked ? reason : 'registration-changed' };
};
