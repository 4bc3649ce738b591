import * as v from 'valibot';
import { urlOf } from '../address.ts';
import type { Status } from '../operations.ts';
import { ReadableError } from '../readable-error.ts';
import type { Settings } from '../settings/settings.ts';
import type { DaemonAnswer } from './ask-daemon.ts';
import { askDaemon } from './ask-daemon.ts';

const count = v.pipe(v.number(), v.minValue(0));
const maybeText = v.exactOptional(v.string());
const statusSchema = v.looseObject({
  version: v.string(),
  pid: count,
  uptimeSeconds: count,
  spool: v.looseObject({ depth: count, oldestSeconds: count, keptAside: count, fault: maybeText }),
  callsInProgress: count,
  proxy: v.looseObject({
    url: v.string(),
    breaker: v.picklist(['closed', 'open', 'half-open']),
    lastSuccessAt: maybeText,
    lastFailureAt: maybeText,
    lastFailure: maybeText,
  }),
}) satisfies v.GenericSchema<unknown, Status>;

/** Undefined where it is no daemon of this version that has answered. */
export const parseStatus = ({ status, text }: DaemonAnswer): Status | undefined => {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), statusSchema), text);
  return status === 200 && read.success ? read.output : undefined;
};

/**
 * What the running daemon says of itself.
 *
 * @throws NotListening, NotAnswering; ReadableError where something else answers at its address
 */
export const readStatus = async (address: Settings['proxyAddress']): Promise<Status> => {
  const answer = await askDaemon(address, '/status');
  const status = parseStatus(answer);
  if (status !== undefined) return status;
  throw new ReadableError(
    `what answers at ${urlOf(address)} is not pns, or not of this version (HTTP status ${answer.status} to /status): end it, or give pns another PROXY_ADDRESS`,
  );
};
