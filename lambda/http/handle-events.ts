import { OperatorError } from '../core/operator-error.ts';
import type { Trace } from '../core/trace.ts';
import { createTrace, startStopwatch } from '../core/trace.ts';
import { log } from './log.ts';
import { describeError } from './problem.ts';

/**
 * Runs one piece of an event that AWS delivers again until it is taken, and logs one line for it.
 *
 * @returns what the run returned
 * @throws where the piece must be delivered again: an {@link OperatorError} as it is, and nothing else of what was
 *   thrown, since Lambda logs what leaves a function
 */
export const handleEvent = async <T>(operation: string, run: (trace: Trace) => Promise<T>): Promise<T> => {
  const elapsed = startStopwatch();
  const trace = createTrace();
  const line = (fields: Record<string, unknown>) => ({
    operation,
    ...trace.fields,
    ...fields,
    durationMs: elapsed(),
  });
  try {
    const result = await run(trace);
    log('info', line({}));
    return result;
  } catch (error) {
    if (error instanceof OperatorError) {
      log('error', line({ reason: error.message }));
      throw error;
    }
    log('error', line(describeError(error)));
    throw new Error(`${operation} failed`);
  }
};

/**
 * The same for each piece of a batch, which AWS delivers again as a whole, or halved. What fails for one piece keeps no
 * other from being taken: when AWS gives the batch up, only the pieces are lost that could not be taken.
 *
 * @throws after the last piece, where one must be delivered again
 */
export const handleEach = async <Piece>(
  operation: string,
  pieces: readonly Piece[],
  run: (piece: Piece, trace: Trace) => Promise<void>,
): Promise<void> => {
  const failures: unknown[] = [];
  for (const piece of pieces)
    await handleEvent(operation, (trace) => run(piece, trace)).catch((error: unknown) =>
      failures.push(error),
    );
  if (failures.length > 0) throw failures[0];
};
