import type { LogEvent } from '../log/log.ts';
import type { Spool } from './spool.ts';
import { failureOf, verdictOf } from './verdict.ts';

/** What is logged of a request that is done with. */
export type Conclusion = {
  level: 'info' | 'error';
  event: Extract<LogEvent, 'delivered' | 'kept_aside'>;
  fields: Record<string, unknown>;
};

/**
 * Writes down that the proxy has taken a request, or refused it for good.
 *
 * @param refusal what the request ended in; undefined where it was taken
 */
export const conclude = async (spool: Spool, id: number, refusal: unknown): Promise<Conclusion> => {
  if (refusal === undefined) {
    const superseded = await spool.delivered(id);
    return { level: 'info', event: 'delivered', fields: superseded.length > 0 ? { superseded } : {} };
  }
  const failure = failureOf(refusal);
  if (verdictOf(refusal) === 'found-nothing' && !(await spool.foundNothing(id, failure))) {
    return { level: 'info', event: 'delivered', fields: { code: failure.code } };
  }
  if (verdictOf(refusal) === 'refused') await spool.keepAside(id, failure);
  return { level: 'error', event: 'kept_aside', fields: failure };
};
