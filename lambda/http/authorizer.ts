import * as v from 'valibot';
import type { KeyTable } from '../core/authorize.ts';
import { authorize } from '../core/authorize.ts';
import { startStopwatch } from '../core/trace.ts';
import { isWarmUp } from './event.ts';
import { log } from './log.ts';
import { describeError } from './problem.ts';

/** A Lambda authorizer's simple response. The context's values are plain strings. */
export type Verdict = { isAuthorized: boolean; context?: Record<string, string> };

const eventSchema = v.object({ headers: v.optional(v.record(v.string(), v.unknown())) });

const authorizationOf = (event: unknown): string | undefined => {
  const parsed = v.safeParse(eventSchema, event);
  if (!parsed.success) return undefined;
  const header = Object.entries(parsed.output.headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'authorization',
  );
  return typeof header?.[1] === 'string' ? header[1] : undefined;
};

/**
 * Checks a key for API Gateway, which keeps the verdict for an hour.
 *
 * @throws where the key could not be looked up: API Gateway then answers 500 and keeps nothing, while a denial
 *   would shut a PBX with a good key out for an hour
 */
export const handleAuthorization =
  (keys: KeyTable) =>
  async (event: unknown): Promise<Verdict> => {
    if (isWarmUp(event)) return { isAuthorized: false };
    const elapsed = startStopwatch();
    const line = (fields: Record<string, unknown>) => ({
      operation: 'authorize',
      ...fields,
      durationMs: elapsed(),
    });
    try {
      const caller = await authorize(keys, authorizationOf(event));
      if (caller === undefined) {
        log('warn', line({ authorized: false }));
        return { isAuthorized: false };
      }
      const { pbxId, keyId, apps } = caller;
      log('info', line({ authorized: true, pbxId, keyId }));
      return { isAuthorized: true, context: { pbxId, keyId, ...(apps && { apps: apps.join(',') }) } };
    } catch (error) {
      log('error', line(describeError(error)));
      throw new Error('the key could not be looked up');
    }
  };
