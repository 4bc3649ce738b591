import type { Complaint, ErrorCode } from './contract.ts';

/** How an operation fails on purpose. Its texts reach the PBX, so they hold no token, key, text or name. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly complaints: readonly Complaint[];
  /** After how many seconds it may go better. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    detail: string,
    options: ErrorOptions & { complaints?: readonly Complaint[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail, options);
    this.code = code;
    this.complaints = options.complaints ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
