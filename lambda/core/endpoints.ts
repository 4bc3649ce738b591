import type { Clock, PushGateway, RegistrationTable } from './ports.ts';
import { PushRefusal } from './ports.ts';
import type { Application, Registration } from './registration.ts';
import { isDisabled, keyOf } from './registration.ts';
import { retrying } from './retry.ts';
import type { Trace } from './trace.ts';

export type EndpointPorts = { table: RegistrationTable; gateway: PushGateway; clock: Clock };

/** How long a request goes on asking SNS for all its endpoints, before it leaves them to the next call. */
export const patienceMs = 3_000;

export const isMissing = (error: unknown): boolean =>
  error instanceof PushRefusal && error.reason === 'endpoint-missing';

/**
 * Makes or finds the endpoint of a registration, enables it, and notes it in the row. To be called only when
 * the phone has just vouched for the token: enabling without that would undo a provider's refusal.
 * The row may have changed meanwhile; then another has taken care of it, or nobody needs the endpoint. Its endpoint
 * may have been replaced: then the one made here is the older, and may be deleted already.
 *
 * @param registration as the row stands, with the endpoint that it names
 * @param deadline epoch milliseconds; SNS is asked nothing after it
 * @throws PushRefusal where SNS does not take the token, or could not be asked in time
 */
export const verifyEndpoint = async (
  ports: EndpointPorts,
  registration: Registration,
  deadline: number,
): Promise<void> => {
  const { table, gateway, clock } = ports;
  const create = () =>
    retrying(clock, deadline, () => gateway.createEndpoint(registration, registration.token));
  const enable = (arn: string) => retrying(clock, deadline, () => gateway.enableEndpoint(arn));

  // Taken before SNS is asked: a refusal that comes later than this is news about the verified endpoint.
  const verifiedAt = clock.now();
  let endpointArn = await create();
  try {
    await enable(endpointArn);
  } catch (error) {
    if (!isMissing(error)) throw error;
    endpointArn = await create();
    await enable(endpointArn);
  }
  const noted = await table.setEndpoint(
    keyOf(registration),
    { endpointArn, verifiedAt },
    unreplaced(registration),
  );
  if (!noted) await releaseEndpoint(ports, registration, endpointArn);
};

/** The row is the one read, and so is the endpoint that it names. */
const unreplaced = ({ registeredAt, endpointArn }: Registration) => ({
  registeredAt,
  formerArn: endpointArn ?? null,
});

/**
 * The same for a row that was just written: what SNS could not be asked is left to the next call, and a row whose
 * token SNS does not take is removed, unless it was registered anew meanwhile.
 *
 * @returns whether the row may stay
 */
export const verifyOrTakeBack = async (
  ports: EndpointPorts,
  written: Registration,
  deadline: number,
  trace: Trace,
): Promise<boolean> => {
  try {
    await verifyEndpoint(ports, written, deadline);
    trace.add({ endpoint: 'verified' });
    return true;
  } catch (error) {
    if (!(error instanceof PushRefusal)) throw error;
    trace.add({ endpoint: error.reason });
    if (error.reason !== 'invalid-token') return true;
    await ports.table.remove(keyOf(written), { registeredAt: written.registeredAt });
    return false;
  }
};

/**
 * Deletes an endpoint that no row needs any more. Rows that appear while it is deleted get a new one.
 * May be repeated, and called for an endpoint that is still needed: then nothing happens.
 */
export const releaseEndpoint = async (
  ports: EndpointPorts,
  removed: Application & { token: string; tokenHash: string },
  endpointArn: string,
): Promise<'kept' | 'deleted' | 'replaced'> => {
  const { table, gateway, clock } = ports;
  const deadline = clock.now() + patienceMs;
  const users = async () =>
    (await table.ofTokenAnywhere(removed.tokenHash)).filter((row) => gateway.belongs(endpointArn, row));

  if ((await users()).length > 0) return 'kept';
  await retrying(clock, deadline, () => gateway.deleteEndpoint(endpointArn));
  const latecomers = (await users()).filter((row) => !isDisabled(row));
  for (const row of latecomers) await renewEndpoint(ports, row, deadline);
  return latecomers.length > 0 ? 'replaced' : 'deleted';
};

/**
 * Gives a row the endpoint that SNS has for its token now. Where the row has changed meanwhile, it may have been
 * given the one deleted here, by somebody who was slow: so it is given another one again.
 */
const renewEndpoint = async (ports: EndpointPorts, row: Registration, deadline: number): Promise<void> => {
  const { table, gateway, clock } = ports;
  const fresh = await retrying(clock, deadline, () => gateway.createEndpoint(row, row.token));
  if (await table.setEndpoint(keyOf(row), { endpointArn: fresh }, unreplaced(row))) return;
  const changed = await table.get(keyOf(row));
  // The stream's record of a row that has gone again names the endpoint before this one.
  if (changed === undefined || !gateway.belongs(fresh, changed)) await releaseEndpoint(ports, row, fresh);
  else await renewEndpoint(ports, changed, deadline);
};
