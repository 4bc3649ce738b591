import type { Clock, EndpointGateway, RegistrationTable } from './ports.ts';
import { PushRefusal } from './ports.ts';
import type { Application, Registration, SnsApplication } from './registration.ts';
import { hasEndpoints, isDisabled, isOfSameApplication, keyOf } from './registration.ts';
import { retrying } from './retry.ts';
import type { Trace } from './trace.ts';

export type EndpointPorts = { table: RegistrationTable; endpoints: EndpointGateway; clock: Clock };

/** How long a request goes on asking SNS for all its endpoints, before it leaves them to the next call. */
export const patienceMs = 3_000;

export const isMissing = (error: unknown): boolean =>
  error instanceof PushRefusal && error.reason === 'endpoint-missing';

/**
 * Makes or finds the endpoint of a registration, enables it, and notes it in the row. To be called only when
 * the phone has just vouched for the token: enabling without that would undo a provider's refusal.
 * The row may have changed meanwhile; then another has taken care of it, or nobody needs the endpoint. On a platform
 * without endpoints there is nothing to do.
 *
 * @param deadline epoch milliseconds; SNS is asked nothing after it
 * @throws PushRefusal where SNS does not take the token, or could not be asked in time
 */
export const verifyEndpoint = async (
  ports: EndpointPorts,
  registration: Registration,
  deadline: number,
): Promise<void> => {
  const { table, endpoints, clock } = ports;
  if (!hasEndpoints(registration)) return;
  const create = () =>
    retrying(clock, deadline, () => endpoints.createEndpoint(registration, registration.token));
  const enable = (arn: string) => retrying(clock, deadline, () => endpoints.enableEndpoint(arn));

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
  const noted = await table.setEndpoint(keyOf(registration), { endpointArn, verifiedAt }, registration);
  if (!noted) await releaseEndpoint(ports, { ...registration, endpointArn }, deadline);
};

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
    trace.add({ endpoint: hasEndpoints(written) ? 'verified' : 'none' });
    return true;
  } catch (error) {
    if (!(error instanceof PushRefusal)) throw error;
    trace.add({ endpoint: error.reason });
    if (error.reason !== 'invalid-token') return true;
    await ports.table.remove(keyOf(written), { registeredAt: written.registeredAt });
    return false;
  }
};

/** A row that is gone, or an application that its token has left; of the endpoint that it named, if it named one. */
export type Released = Application & { token: string; tokenHash: string; endpointArn?: string };

/**
 * Deletes the endpoint of a token that no row needs any more. Which one that is, SNS is asked: the row may have named
 * another, which was replaced meanwhile, or none. Rows that appear while it is deleted get a new one.
 * May be called for a token that is still needed: then nothing happens. May be repeated, too: as SNS tells only of what
 * it makes, that makes an endpoint and deletes it.
 *
 * @param deadline epoch milliseconds; SNS is asked nothing after it. 3 s from now by default
 * @throws PushRefusal where SNS could not be asked in time, or does not do it
 */
export const releaseEndpoint = async (
  ports: EndpointPorts,
  released: Released,
  deadline: number = ports.clock.now() + patienceMs,
): Promise<'none' | 'kept' | 'deleted' | 'replaced'> => {
  const { table, endpoints, clock } = ports;
  if (!hasEndpoints(released)) return 'none';
  const users = async () =>
    (await table.ofTokenAnywhere(released.tokenHash))
      .filter((row) => isOfSameApplication(row, released))
      .filter(hasEndpoints);

  if ((await users()).length > 0) return 'kept';
  const endpointArn = await presentEndpoint(ports, released, deadline);
  if (endpointArn === undefined) return 'deleted';
  await retrying(clock, deadline, () => endpoints.deleteEndpoint(endpointArn));
  const latecomers = (await users()).filter((row) => !isDisabled(row));
  for (const row of latecomers) {
    const fresh = await retrying(clock, deadline, () => endpoints.createEndpoint(row, row.token));
    const noted = await table.setEndpoint(keyOf(row), { endpointArn: fresh }, row);
    // It has gone again, and its own release may have been too early to find the new one.
    if (!noted) await releaseEndpoint(ports, { ...row, endpointArn: fresh }, deadline);
  }
  return latecomers.length > 0 ? 'replaced' : 'deleted';
};

/**
 * Where SNS does not tell, since the application is gone or takes no such token, there is the one noted at most: if it
 * is not that of another application, which the row was of before, and where others may need it.
 */
const presentEndpoint = async (
  { endpoints, clock }: EndpointPorts,
  { token, endpointArn, ...application }: Released & SnsApplication,
  deadline: number,
): Promise<string | undefined> => {
  try {
    return await retrying(clock, deadline, () => endpoints.createEndpoint(application, token));
  } catch (error) {
    const isFinal =
      error instanceof PushRefusal && ['invalid-token', 'application-disabled'].includes(error.reason);
    if (!isFinal) throw error;
    return endpointArn !== undefined && endpoints.belongs(endpointArn, application) ? endpointArn : undefined;
  }
};
