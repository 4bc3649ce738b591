import type { Trace } from '../core/trace.ts';
import { createTrace } from '../core/trace.ts';
import { log } from './log.ts';
import { describeError } from './problem.ts';

/**
 * Runs one piece of an event that AWS delivers again until it is taken, and logs one line for it.
 *
 * @throws where the piece must be delivered again
 */
export const handleEvent = async (operation: string, run: (trace: Trace) => Promise<void>): Promise<void> => {
  const start = performance.now();
  const trace = createTrace(() => performance.now());
  const line = (fields: Record<string, unknown>) => ({
    operation,
    ...trace.fields,
    ...fields,
    durationMs: Math.round((performance.now() - start) * 10) / 10,
  });
  try {
    await run(trace);
    log('info', line({}));
  } catch (error) {
    log('error', line(describeError(error)));
    throw new Error(`${operation} failed`);
  }
};
