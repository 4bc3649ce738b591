import type { SpoolErrorCode } from './spool-error.ts';
import type { Counts, Store } from './store.ts';

/** What the thread that owns the database is asked for: a function of the store's, by its name. */
export type Method = Exclude<
  keyof Store,
  | 'transaction'
  | 'whereabouts'
  | 'rescue'
  | 'saveBeside'
  | 'forgetCopy'
  | 'reopened'
  | 'giveWay'
  | 'highest'
  | 'goOnFrom'
  | 'close'
  | 'counts'
>;

export type Call =
  | { id: number; method: Method; args: readonly unknown[] }
  /** `ping` asks whether it still answers at all. */
  | { id: number; method: 'ping' | 'close' };

export type Answer = { id: number; result: unknown } | { id: number; failure: Reason };
export type Reason = { code: SpoolErrorCode; message: string };

/** How the spool fares, to be logged: with a fault it takes nothing. */
export type State = {
  event: 'internal_error' | 'spool_mended';
  fault?: SpoolErrorCode;
  code?: SpoolErrorCode;
  message: string;
};

/** `counts` is absent where they could not be read. */
export type WorkerMessage =
  | ({ kind: 'state' } & State)
  /** It was tried to open the spool for the first time. */
  | { kind: 'begun'; counts?: Counts }
  | { kind: 'answers'; answers: Answer[]; counts?: Counts };
