import { ReadableError } from '../readable-error.ts';

export type SpoolErrorCode =
  /** No room on the disk. */
  | 'full'
  | 'io'
  /** The file is no database, or a damaged one. */
  | 'corrupt'
  /** Another process held it for too long. */
  | 'busy'
  /** The file may not be read or written. */
  | 'denied'
  /** It was written by a newer pns, or by another program. */
  | 'foreign'
  /** There is no such file. */
  | 'missing'
  /** Another file stands in its place. */
  | 'replaced'
  | 'closed'
  | 'other';

/** The spool cannot do what was asked: nothing of it is on disk. Names the file, and holds no token. */
export class SpoolError extends ReadableError {
  override readonly name = 'SpoolError';
  readonly code: SpoolErrorCode;

  constructor(code: SpoolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const codes: Record<number, SpoolErrorCode> = {
  3: 'denied',
  5: 'busy',
  6: 'busy',
  8: 'denied',
  10: 'io',
  11: 'corrupt',
  13: 'full',
  14: 'denied',
  26: 'corrupt',
};

const remedies: Partial<Record<string, string>> = {
  full: 'make room on the disk',
  corrupt:
    'nothing was changed in it: bring it back from a backup, or move it away together with its -wal and -shm files ' +
    'to begin with an empty one, which gives up what it holds',
  denied: 'the user that pns runs as must be able to write it and its directory',
  replaced: 'move it away, together with its -wal and -shm files: pns then writes its own anew',
};

/** What to do about it; undefined where the message alone can tell. */
export const remedyOf = (code: string): string | undefined => remedies[code];

/** @param doing what failed: `open`, for example */
export const spoolErrorOf = (error: unknown, doing: string, file: string): SpoolError => {
  if (error instanceof SpoolError) return error;
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const remedy = remedies[code];
  return new SpoolError(
    code,
    `cannot ${doing} the spool ${file}: ${reason}${remedy === undefined ? '' : ` (${remedy})`}`,
    { cause: error },
  );
};

const codeOf = (error: unknown): SpoolErrorCode => {
  if (!(error instanceof Error)) return 'other';
  if ('errcode' in error && typeof error.errcode === 'number') return codes[error.errcode & 0xff] ?? 'other';
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'full';
  return code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'denied' : 'other';
};
