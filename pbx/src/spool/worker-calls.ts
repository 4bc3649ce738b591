import type { SpoolErrorCode } from './spool-error.ts';
import type { Counts, Store } from './store.ts';

/** What the thread that owns the database is asked for: a function of the store's, by its name. */
export type Method = Exclude<keyof Store, 'transaction' | 'whereabouts' | 'rescue' | 'close' | 'counts'>;

export type Call =
  | { id: number; method: Method; args: readonly unknown[] }
  /** `ping` asks whether it still answers at all. */
  | { id: number; method: 'ping' | 'close' };

export type Answer = { id: number; result: unknown } | { id: number; failure: Reason };
export type Reason = { code: SpoolErrorCode; message: string };

/** `counts` is absent where they could not be read. */
export type WorkerMessage =
  | { kind: 'opened'; counts: Counts }
  | { kind: 'refused'; reason: Reason }
  /** Its files were deleted while they were open; undefined where all that they held is in new ones now. */
  | { kind: 'deleted'; failure: Reason | undefined }
  | { kind: 'answers'; answers: Answer[]; counts?: Counts };
