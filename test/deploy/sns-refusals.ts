import { SnsError } from '../../local/sns/errors.ts';

/** Of a token that looks as it should: in SNS's words for one that is stale. */
export const tokenRefused = new SnsError(
  'InvalidParameter',
  'Invalid parameter: This endpoint is already registered with a different token',
);

/** Nothing is tried again after it. */
export const notAllowed = new SnsError('AuthorizationError', 'User is not authorized to perform this action');
