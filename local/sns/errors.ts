/** Wire codes of the query protocol and their HTTP statuses (Amazon SNS API Reference, Errors). */
const statuses = {
  InvalidParameter: 400,
  ParameterValueInvalid: 400,
  ValidationError: 400,
  EndpointDisabled: 400,
  PlatformApplicationDisabled: 400,
  InvalidAction: 400,
  MissingAction: 400,
  AuthorizationError: 403,
  NotFound: 404,
  Throttled: 429,
  InternalError: 500,
} as const;
export type ErrorCode = keyof typeof statuses;

/** What an action answers instead of a result. The message goes out to the caller as it is. */
export class SnsError extends Error {
  override readonly name = 'SnsError';
  readonly code: ErrorCode;
  readonly status: number;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
    this.status = statuses[code];
  }
}

export const invalid = (parameter: string, reason: string): SnsError =>
  new SnsError('InvalidParameter', `Invalid parameter: ${parameter} Reason: ${reason}`);
