import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { FunctionMessage, FunctionName, Invocation } from './function-names.ts';
import { functionNames } from './function-names.ts';

/**
 * The thread that the functions run in, with the environment that `lib/` would give them: their own entry
 * files, as they are.
 */
type Handler = (event: unknown) => Promise<unknown>;

const post = (message: FunctionMessage): void => parentPort?.postMessage(message);
const requestIds = new AsyncLocalStorage<string>();

/** Lambda's JSON log format: an object that is logged stands under `message`. */
for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
  console[level] = (message: unknown) => {
    const timestamp = new Date().toISOString();
    const line = {
      timestamp,
      level: level === 'log' ? 'INFO' : level.toUpperCase(),
      requestId: requestIds.getStore(),
    };
    post({ kind: 'log', line: JSON.stringify({ ...line, message }) });
  };
}

const load = async (name: FunctionName): Promise<[FunctionName, Handler]> => {
  const { handler }: { handler: Handler } = await import(`../lambda/${name}.ts`);
  return [name, handler];
};
const handlers = new Map(await Promise.all(functionNames.map(load)));

parentPort?.on('message', ({ id, name, event }: Invocation) => {
  const invoke = async () => handlers.get(name)?.(event);
  requestIds.run(randomUUID(), invoke).then(
    (result) => post({ kind: 'returned', id, result }),
    (error: unknown) =>
      post({ kind: 'threw', id, message: error instanceof Error ? error.message : String(error) }),
  );
});
post({ kind: 'ready' });
