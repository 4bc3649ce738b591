import type { DeleteRequest, RegisterRequest, UpdateRequest } from 'pns-proxy-client';
import { canonical, fingerprintOf } from '../../../lambda/core/token.ts';

/** What is spooled: all that changes who is woken. A call never is. */
export type Change =
  | { operation: 'register'; request: RegisterRequest }
  | { operation: 'update'; request: UpdateRequest }
  | { operation: 'delete'; request: DeleteRequest };

export type Entry = Change & {
  /** Its number in the spool: a later request has a higher one, and none is given twice. */
  id: number;
  /** When it was taken, in epoch milliseconds. */
  at: number;
  /** How often it was sent in vain. */
  tries: number;
};

/** The tokens that a request is about, each in the form in which equal ones are equal. */
export const tokensOf = (change: Change): string[] => {
  if (change.operation === 'register') return [canonical(change.request.token)];
  if (change.operation === 'update') {
    return [...new Set([canonical(change.request.oldToken), canonical(change.request.newToken)])];
  }
  return 'token' in change.request ? [canonical(change.request.token)] : [];
};

/** The extension that a request names. Whose a token alone is, the proxy knows. */
export const extensionOf = ({ request }: Change): string | undefined =>
  'extension' in request ? request.extension : undefined;

/** What may be told of a request to people: no token. */
export type Described = {
  operation: Change['operation'];
  extension?: string;
  deviceId?: string;
  fingerprint?: string;
  /** The new token's, of an update. */
  newFingerprint?: string;
};

export const describeChange = (change: Change): Described => {
  const { operation, request } = change;
  const extension = extensionOf(change);
  return {
    operation,
    ...(extension !== undefined && { extension }),
    ...('deviceId' in request && request.deviceId !== undefined && { deviceId: request.deviceId }),
    ...('token' in request && { fingerprint: fingerprintOf(request.token) }),
    ...('fingerprint' in request &&
      request.fingerprint !== undefined && { fingerprint: request.fingerprint }),
    ...('oldToken' in request && {
      fingerprint: fingerprintOf(request.oldToken),
      newFingerprint: fingerprintOf(request.newToken),
    }),
  };
};
