import type { Caller } from '../core/caller.ts';
import type { Trace } from '../core/trace.ts';
import { createTrace, startStopwatch } from '../core/trace.ts';
import type { Arrival } from './event.ts';
import { isWarmUp, readEvent, requestIdOf, spoolAgeOf } from './event.ts';
import { log } from './log.ts';
import type { HttpResponse } from './problem.ts';
import { describeError, problemOf } from './problem.ts';

type Run<Request, Result> = (
  request: Request,
  context: { caller: Caller; trace: Trace; receivedAt: number },
) => Promise<Result>;

const handle = <Request, Result>(
  operation: string,
  read: (arrival: Arrival) => Request,
  run: Run<Request, Result>,
): ((event: unknown) => Promise<HttpResponse>) => {
  const answer = async (event: unknown, trace: Trace): Promise<Result> => {
    const arrival = readEvent(event, Date.now());
    const { caller, receivedAt } = arrival;
    const spoolOldestSeconds = spoolAgeOf(event);
    trace.add({
      pbxId: caller.pbxId,
      keyId: caller.keyId,
      ...(spoolOldestSeconds !== undefined && { spoolOldestSeconds }),
    });
    return run(read(arrival), { caller, trace, receivedAt });
  };

  return async (event) => {
    if (isWarmUp(event)) return { statusCode: 204, headers: {}, body: '' };
    const elapsed = startStopwatch();
    const trace = createTrace();
    const apiRequestId = requestIdOf(event);
    const finish = (fields: Record<string, unknown>) => ({
      operation,
      apiRequestId,
      ...trace.fields,
      ...fields,
      durationMs: elapsed(),
    });
    try {
      const result = await answer(event, trace);
      log('info', finish({ statusCode: 200 }));
      const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
      return { statusCode: 200, headers, body: JSON.stringify(result) };
    } catch (error) {
      const { code, level, response } = problemOf(error, apiRequestId);
      const cause = response.statusCode >= 500 ? describeError(error) : {};
      log(level, finish({ statusCode: response.statusCode, code, ...cause }));
      return response;
    }
  };
};

/** A function behind a route whose request is a JSON body. Never throws; logs one line for each request. */
export const handleBody = <Request, Result>(
  operation: string,
  parse: (body: unknown) => Request,
  run: Run<Request, Result>,
) => handle(operation, (arrival) => parse(arrival.readBody()), run);

/** The same for a route whose request is its query. */
export const handleQuery = <Request, Result>(
  operation: string,
  parse: (query: unknown) => Request,
  run: Run<Request, Result>,
) => handle(operation, (arrival) => parse(arrival.query), run);
