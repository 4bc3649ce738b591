import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Environment } from '../lambda/environment.ts';
import type { FunctionMessage, FunctionName } from './function-names.ts';

/** Where AWS's services are, as its SDKs read it, and what they sign with. */
type AwsVariables = {
  AWS_REGION: string;
  AWS_ACCESS_KEY_ID: string;
  AWS_SECRET_ACCESS_KEY: string;
  AWS_ENDPOINT_URL_DYNAMODB: string;
  AWS_ENDPOINT_URL_SNS: string;
  AWS_ENDPOINT_URL_SECRETS_MANAGER: string;
};

type Reached = { dynamoDb: string; sns: string; secretsManager: string };
export type Reach = (urls: Reached) => Promise<Reached>;

export type Functions = {
  /** Resolves to what the function returned; rejects where it threw, or took longer than Lambda would let it. */
  invoke(name: FunctionName, event: unknown): Promise<unknown>;
  /** Ends them in the middle of whatever they do, which fails, and starts them anew. */
  crash(): Promise<void>;
  close(): Promise<void>;
};

/** The longest time-out that `lib/` gives a function. */
const timeoutMs = 30_000;

type Waiting = { resolve(result: unknown): void; reject(error: Error): void };

/** Starts the functions in a thread of their own: like Lambda, they share nothing with who invokes them. */
export const startFunctions = async (
  environment: Environment & AwsVariables,
  onLog: (line: string) => void,
): Promise<Functions> => {
  const waiting = new Map<number, Waiting>();
  let invoked = 0;

  const fail = (error: Error) => {
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  const start = () =>
    new Promise<Worker>((resolve, reject) => {
      const worker = new Worker(new URL('./functions-worker.ts', import.meta.url), { env: environment });
      worker.on('message', (message: FunctionMessage) => {
        if (message.kind === 'ready') return resolve(worker);
        if (message.kind === 'log') return onLog(message.line);
        const one = waiting.get(message.id);
        waiting.delete(message.id);
        if (message.kind === 'returned') one?.resolve(message.result);
        else one?.reject(new Error(message.message));
      });
      worker.on('error', (error: Error) => {
        fail(error);
        reject(error);
      });
    });
  const stop = async (worker: Worker) => {
    const exited = once(worker, 'exit');
    fail(new Error('the functions were stopped'));
    await worker.terminate();
    await exited;
  };
  let running = start();
  await running;

  return {
    invoke: (name, event) =>
      new Promise((resolve, reject) => {
        invoked += 1;
        const id = invoked;
        const timer = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(`${name} timed out after ${timeoutMs / 1_000} s`));
        }, timeoutMs);
        const done =
          <Value>(settle: (value: Value) => void) =>
          (value: Value) => {
            clearTimeout(timer);
            settle(value);
          };
        waiting.set(id, { resolve: done(resolve), reject: done(reject) });
        running.then((worker) => worker.postMessage({ id, name, event }), reject);
      }),
    crash: async () => {
      running = running.then(stop).then(start);
      await running;
    },
    close: async () => stop(await running),
  };
};
