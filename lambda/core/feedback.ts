import { keptByGuard, refusedRowLifetimeMs } from './deliver.ts';
import type { EndpointPorts } from './endpoints.ts';
import { isMissing } from './endpoints.ts';
import type { Guard } from './guard.ts';
import type { Registration, RegistrationKey } from './registration.ts';
import { isDisabled, isLive } from './registration.ts';
import type { Trace } from './trace.ts';

export type FeedbackPorts = EndpointPorts & { guard: Guard; lifetimeMs: number };

/** What SNS says of a push that it took and could not deliver. `at` is the event's time, in epoch milliseconds. */
export type DeliveryFailure = {
  endpointArn: string;
  failureType: string;
  at: number;
  /** As publish gave it. */
  messageId?: string;
};

/**
 * The failures that are evidence against the token (Amazon SNS developer guide, "FCM endpoint management").
 * All others speak of a credential, a quota, a message or a provider, and never touch a row.
 */
const tokenFailures: ReadonlySet<string> = new Set(['InvalidPlatformToken', 'EndpointDisabled']);

/** How often a row may change under our hands before the event is handed back, to be delivered again. */
const tries = 5;

/**
 * Takes note of a DeliveryFailure event. Rows registered before it are marked as refused, unless the fleet guard doubts
 * it: the event is one refusal to it, however many rows there are. Rows registered since
 * stay, and are healed of what was only inferred from the disabled endpoint, which is enabled again. Late,
 * repeated and reordered events do no harm.
 */
export const feedback = async (
  ports: FeedbackPorts,
  failure: DeliveryFailure,
  trace: Trace,
): Promise<void> => {
  const { table, endpoints } = ports;
  const { endpointArn, failureType, messageId, at } = failure;
  trace.add({ failureType, messageId, endpointArn, failedAt: new Date(at).toISOString() });
  if (!tokenFailures.has(failureType)) return;

  const keys = await table.ofEndpoint(endpointArn);
  let believed: Promise<boolean> | undefined;
  const believes = ({ app, tokenHash }: Registration) => {
    believed ??= ports.guard.believes(app, tokenHash, failure.at);
    return believed;
  };
  const verdicts = await Promise.all(keys.map((key) => judge(ports, key, failure, believes)));
  const registeredSince = verdicts.includes('registered-since');
  const kept = verdicts.filter((verdict) => verdict === keptByGuard).length;
  trace.add({
    ...(kept > 0 && { keptByGuard: kept }),
    registrations: keys.map(({ tokenHash, pbxId, line }, index) => ({
      fingerprint: tokenHash.slice(0, 8),
      pbxId,
      line,
      verdict: verdicts[index],
    })),
  });
  if (!registeredSince) return;
  trace.add({ endpoint: 'enabled' });
  await endpoints.enableEndpoint(endpointArn).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
};

const judge = async (
  { table, endpoints, lifetimeMs }: FeedbackPorts,
  key: RegistrationKey,
  { endpointArn, at }: DeliveryFailure,
  believes: (row: Registration) => Promise<boolean>,
): Promise<'refused' | typeof keptByGuard | 'registered-since' | 'untouched'> => {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const row = await table.get(key);
    // A row marked on a provider's evidence has been judged already, by this event or a later one.
    if (row === undefined || row.endpointArn !== endpointArn || !isLive(row, at)) return 'untouched';
    // The token has moved to another app, which SNS could not be asked about yet: nobody has refused it there.
    if (!endpoints.belongs(endpointArn, row)) return 'untouched';
    if (row.disabledReason === 'token-refused') return 'untouched';
    if (row.registeredAt < at) {
      if (!(await believes(row))) return keptByGuard;
      const refusal = { at, reason: 'token-refused' } as const;
      if (await table.setRefusal(key, refusal, at + refusedRowLifetimeMs, row)) return 'refused';
    } else {
      if (!isDisabled(row)) return 'registered-since';
      if (await table.setRefusal(key, undefined, row.registeredAt + lifetimeMs, row))
        return 'registered-since';
    }
  }
  throw new Error('a registration kept changing while an event was judged');
};
