import { ServiceError } from '../../lambda/core/errors.ts';

/** How a command fails on purpose: one line that says what is wrong and what to do. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
}

const signIn =
  'sign in to AWS (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';

/** What to do about an error, by its name or system code. */
const remedies: Readonly<Record<string, string>> = {
  CredentialsProviderError: signIn,
  TokenProviderError: signIn,
  ExpiredToken: signIn,
  ExpiredTokenException: signIn,
  InvalidClientTokenId: signIn,
  InvalidSignatureException: signIn,
  SignatureDoesNotMatch: signIn,
  UnrecognizedClientException: signIn,
  AccessDenied: 'ask for this permission',
  AccessDeniedException: 'ask for this permission',
  ResourceNotFoundException: 'check that the stack is deployed whole',
  ECONNREFUSED: 'check the network and the region',
  ECONNRESET: 'check the network, and repeat the command',
  ENOTFOUND: 'check the network and the region',
  TimeoutError: 'check the network, and repeat the command',
  ThrottlingException: 'repeat the command in a moment',
  TooManyRequestsException: 'repeat the command in a moment',
};

/** The table's adapter wraps what may pass for the functions; here the reason counts. */
const rootOf = (error: unknown): unknown =>
  error instanceof ServiceError && error.cause !== undefined ? rootOf(error.cause) : error;

/** A failure in one line, without a stack trace. */
export const describeFailure = (error: unknown): string => {
  const root = rootOf(error);
  if (!(root instanceof Error)) return String(root);
  const message = root.message.replaceAll(/\s+/g, ' ').trim();
  if (root instanceof AdminError) return message;
  if (message === 'Region is missing') return 'no AWS region: give --region, or set AWS_REGION';
  // A refused connection is called "Error", and its code says more.
  const name = 'code' in root && typeof root.code === 'string' ? root.code : root.name;
  const remedy = remedies[name];
  return [name, message, remedy].filter(Boolean).join(': ');
};
